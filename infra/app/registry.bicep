metadata description = 'Container registry for the image of the container option. Its administrator account stays off; the app pulls with its identity.'

@description('Name of the registry.')
param name string

@description('Azure region.')
param location string

@description('Tags of the resource.')
param tags object

resource registry 'Microsoft.ContainerRegistry/registries@2025-04-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: 'Basic' }
  properties: {
    adminUserEnabled: false
    anonymousPullEnabled: false
  }
}

@description('Name of the registry.')
output name string = registry.name

@description('Host name to push to and pull from.')
output server string = registry.properties.loginServer
