metadata description = 'The function app on Flex Consumption.'

@description('Name of the function app.')
param name string

@description('Azure region.')
param location string

@description('Tags of the resources.')
param tags object

@description('Resource id of the app\'s identity.')
param identityId string

@description('The subnet the app goes out through.')
param subnetId string

@description('Where the deployed package is kept.')
param deploymentContainerUrl string

@description('Instances kept warm for durable functions.')
param alwaysReady int

@description('Timers that have an instance of their own kept warm. On Flex every timer scales by itself.')
param alwaysReadyTimers array

@description('Memory of an instance. Dumps and artifacts are streamed: more is only needed for more at once.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('The most instances at once.')
@minValue(1)
@maxValue(1000)
param maximumInstances int = 40

@description('Every app setting by name.')
param appSettings { *: string }

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    tier: 'FlexConsumption'
    name: 'FC1'
  }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'app' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: deploymentContainerUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'dotnet-isolated'
        version: '10.0'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstances
        alwaysReady: concat(
          alwaysReady == 0 ? [] : [{ name: 'durable', instanceCount: alwaysReady }],
          map(alwaysReadyTimers, timer => { name: 'function:${timer}', instanceCount: 1 })
        )
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      vnetRouteAllEnabled: true
      appSettings: [for each in items(appSettings): { name: each.key, value: each.value }]
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
