targetScope = 'subscription'

metadata description = 'Builder DR on Azure: the function app, its durable state, the vault of backup sets, secrets, network and monitoring.'

import { site } from 'app/settings.bicep'

@description('Name of the deployment: part of every resource name and the tag azd finds its resources by.')
@minLength(1)
@maxLength(24)
param environmentName string

@description('Azure region. The hosting plan must be offered there: `az functionapp list-flexconsumption-locations`.')
param location string

@description('Object id of the person or pipeline that deploys. May write secrets and read backup sets. Empty: nobody but the app.')
param deployerId string = ''

@description('What deployerId is.')
@allowed(['User', 'Group', 'ServicePrincipal'])
param deployerType string = 'User'

@description('flex: Flex Consumption; PostgreSQL tools run on the Builder host over SSH. container: a container with those tools on a dedicated plan.')
@allowed(['flex', 'container'])
param hosting string = 'flex'

@description('The Builders to protect, and how to reach them.')
param sites site[]

@description('When the nightly backup runs: six-field NCRONTAB, UTC.')
param backupSchedule string = '0 0 2 * * *'

@description('When sets are read again and held against their digests: six-field NCRONTAB, UTC.')
param verifySchedule string = '0 0 4 1 * *'

@description('When a restore is rehearsed: six-field NCRONTAB, UTC.')
param drillSchedule string = '0 0 5 * * 0'

@description('When a warm spare is refreshed, where Spare__Site and Spare__Source are among appSettings: six-field NCRONTAB, UTC.')
param spareSchedule string = '0 0 6 * * *'

@description('The one site the nightly backup covers. Empty: every site.')
param scheduledSite string = ''

@description('Further app settings by name, such as Dump__Compression or Mirror__MaxBytesPerSecond.')
param appSettings { *: string } = {}

@description('Hours that may pass without a committed backup before an alert is raised.')
@minValue(1)
@maxValue(47)
param recoveryPointHours int = 26

@description('Where alerts are sent. Empty: they are shown in the portal only.')
param alertEmail string = ''

@description('Copies of the backup sets: LRS in one datacenter, ZRS in one region, GRS and GZRS in a second region too.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param vaultRedundancy string = 'Standard_GRS'

@description('Days during which nothing stored in the vault can be deleted or changed by anyone who holds only data rights.')
@minValue(1)
@maxValue(400)
param immutabilityDays int = 7

@description('Set this once the vault\'s immutability policy is locked: Azure then refuses to deploy it again.')
param vaultPolicyLocked bool = false

@description('Days during which a deleted blob, container or secret can be brought back.')
@minValue(7)
@maxValue(90)
param softDeleteDays int = 30

@description('Address space of the virtual network, a /24 or larger. Peer it with the network in which the Builder hosts are.')
param networkPrefix string = '10.64.0.0/24'

@description('Storage and secrets reachable from the virtual network only. The deploying machine must then be inside it too.')
param privateEndpoints bool = false

@description('Flex only: instances kept warm for durable functions, so that a step that runs for hours is not moved. 0 saves their price.')
@minValue(0)
@maxValue(20)
param alwaysReady int = 1

@description('Flex only: timers that have an instance of their own kept warm, so that they do not depend on being woken. The others are woken by the platform.')
param alwaysReadyTimers array = ['NightlyBackup']

@description('Container only: size of the dedicated plan.')
param planSku string = 'P0v3'

@description('Container only: image in the registry, with its tag. Empty until the first image is pushed.')
param image string = ''

var tags = { 'azd-env-name': environmentName, product: 'builder-dr' }
var suffix = uniqueString(subscription().id, environmentName, location)

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identity 'app/identity.bicep' = {
  scope: group
  params: {
    name: 'id-${environmentName}'
    location: location
    tags: tags
  }
}

module monitoring 'app/monitoring.bicep' = {
  scope: group
  params: {
    name: environmentName
    location: location
    tags: tags
  }
}

module network 'app/network.bicep' = {
  scope: group
  params: {
    name: 'vnet-${environmentName}'
    location: location
    tags: tags
    prefix: networkPrefix
    hosting: hosting
  }
}

module state 'app/state.bicep' = {
  scope: group
  params: {
    name: 'ststate${suffix}'
    location: location
    tags: tags
    softDeleteDays: softDeleteDays
    public: !privateEndpoints
  }
}

module vault 'app/vault.bicep' = {
  scope: group
  params: {
    name: 'stvault${suffix}'
    location: location
    tags: tags
    redundancy: vaultRedundancy
    immutabilityDays: immutabilityDays
    policyLocked: vaultPolicyLocked
    softDeleteDays: softDeleteDays
    public: !privateEndpoints
  }
}

module keyVault 'app/keyvault.bicep' = {
  scope: group
  params: {
    name: 'kv-${suffix}'
    location: location
    tags: tags
    softDeleteDays: softDeleteDays
    public: !privateEndpoints
  }
}

module registry 'app/registry.bicep' = if (hosting == 'container') {
  scope: group
  params: {
    name: 'cr${suffix}'
    location: location
    tags: tags
  }
}

module roles 'app/roles.bicep' = {
  scope: group
  params: {
    appPrincipalId: identity.outputs.principalId
    deployerId: deployerId
    deployerType: deployerType
    stateName: state.outputs.name
    vaultName: vault.outputs.name
    vaultContainer: vault.outputs.container
    keyVaultName: keyVault.outputs.name
    insightsName: monitoring.outputs.insightsName
    registryName: registry.?outputs.name ?? ''
  }
}

module endpoints 'app/endpoints.bicep' = if (privateEndpoints) {
  scope: group
  params: {
    location: location
    tags: tags
    networkId: network.outputs.id
    subnetId: network.outputs.endpointsSubnetId
    stateId: state.outputs.id
    vaultId: vault.outputs.id
    keyVaultId: keyVault.outputs.id
  }
}

module settings 'app/settings.bicep' = {
  scope: group
  params: {
    sites: sites
    hosting: hosting
    identityClientId: identity.outputs.clientId
    insightsConnectionString: monitoring.outputs.connectionString
    stateEndpoints: state.outputs.endpoints
    vaultUrl: vault.outputs.containerUrl
    keyVaultUri: keyVault.outputs.uri
    schedules: {
      backup: backupSchedule
      verify: verifySchedule
      drill: drillSchedule
      spare: spareSchedule
      site: scheduledSite
    }
    further: appSettings
  }
}

module flex 'app/flex.bicep' = if (hosting == 'flex') {
  scope: group
  params: {
    name: 'func-${suffix}'
    location: location
    tags: tags
    identityId: identity.outputs.id
    subnetId: network.outputs.appSubnetId
    deploymentContainerUrl: state.outputs.deploymentContainerUrl
    alwaysReady: alwaysReady
    alwaysReadyTimers: alwaysReadyTimers
    appSettings: settings.outputs.values
  }
  dependsOn: [roles, endpoints]
}

module container 'app/container.bicep' = if (hosting == 'container') {
  scope: group
  params: {
    name: 'func-${suffix}'
    location: location
    tags: tags
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    subnetId: network.outputs.appSubnetId
    planSku: planSku
    registryServer: registry.?outputs.server ?? ''
    image: image
    appSettings: settings.outputs.values
  }
  dependsOn: [roles, endpoints]
}

module workbook 'app/workbook.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
  }
}

module alerts 'app/alerts.bicep' = {
  scope: group
  params: {
    name: environmentName
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    sites: map(sites, each => each.name)
    recoveryPointHours: recoveryPointHours
    email: alertEmail
  }
}

@description('Where the API answers: <url>/api/backups and so on, with a function key.')
output AZURE_FUNCTION_URL string = hosting == 'flex' ? (flex.?outputs.url ?? '') : (container.?outputs.url ?? '')

@description('Name of the function app.')
output AZURE_FUNCTION_NAME string = 'func-${suffix}'

@description('Where the secrets that `sites` names are to be put.')
output AZURE_KEY_VAULT_NAME string = keyVault.outputs.name

@description('Where the backup sets lie.')
output VAULT_URL string = vault.outputs.containerUrl

@description('Container only: where azd pushes the image.')
output AZURE_CONTAINER_REGISTRY_ENDPOINT string = registry.?outputs.server ?? ''

@description('The resource group with everything in it.')
output AZURE_RESOURCE_GROUP string = group.name
