metadata description = 'The one identity of the app. It has no secret; every right it has is in roles.bicep.'

@description('Name of the identity.')
param name string

@description('Azure region.')
param location string

@description('Tags of the resource.')
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

@description('Resource id.')
output id string = identity.id

@description('Client id: which identity DefaultAzureCredential and the host sign in with.')
output clientId string = identity.properties.clientId

@description('Object id: whom roles are given to.')
output principalId string = identity.properties.principalId
