metadata description = '''
The function app as a container with PostgreSQL client tools, on a dedicated plan: always on, so that a dump of hours is not moved, and
without the file share (and its account key) that the Premium plan needs.
'''

@description('Name of the function app.')
param name string

@description('Azure region.')
param location string

@description('Tags of the resources.')
param tags object

@description('Resource id of the app\'s identity.')
param identityId string

@description('Client id of the app\'s identity, with which the image is pulled.')
param identityClientId string

@description('The subnet the app goes out through.')
param subnetId string

@description('Size of the plan.')
param planSku string

@description('Host name of the registry.')
param registryServer string

@description('Image in the registry, with its tag. Empty: the bare Functions image, until the first one is pushed.')
param image string

@description('Every app setting by name.')
param appSettings { *: string }

var source = empty(image)
  ? 'mcr.microsoft.com/azure-functions/dotnet-isolated:4-dotnet-isolated10.0'
  : '${registryServer}/${image}'

var all = union(appSettings, {
  FUNCTIONS_EXTENSION_VERSION: '~4'
  FUNCTIONS_WORKER_RUNTIME: 'dotnet-isolated'
  WEBSITES_ENABLE_APP_SERVICE_STORAGE: 'false'
})

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'linux'
  sku: { name: planSku }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux,container'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: subnetId
    siteConfig: {
      linuxFxVersion: 'DOCKER|${source}'
      acrUseManagedIdentityCreds: true
      acrUserManagedIdentityID: identityClientId
      alwaysOn: true
      ftpsState: 'Disabled'
      minTlsVersion: '1.2'
      vnetRouteAllEnabled: true
      appSettings: [for each in items(all): { name: each.key, value: each.value }]
    }
  }

  // Publishing with a password is off: deployments sign in.
  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

@description('Where the app answers.')
output url string = 'https://${app.properties.defaultHostName}'
