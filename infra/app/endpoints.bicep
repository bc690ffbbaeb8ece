metadata description = 'Private endpoints and their DNS: storage and secrets as addresses inside the virtual network.'

@description('Azure region.')
param location string

@description('Tags of the resources.')
param tags object

@description('The virtual network in which the names resolve.')
param networkId string

@description('The subnet the endpoints are put in.')
param subnetId string

@description('Storage of the Functions host and of Durable Functions.')
param stateId string

@description('Storage of the backup sets.')
param vaultId string

@description('The key vault.')
param keyVaultId string

var storageSuffix = environment().suffixes.storage
var zones = {
  blob: 'privatelink.blob.${storageSuffix}'
  queue: 'privatelink.queue.${storageSuffix}'
  table: 'privatelink.table.${storageSuffix}'
  // The suffix is that of the public name, with a leading dot and without 'core'.
  vault: 'privatelink${replace(environment().suffixes.keyvaultDns, '.vault.', '.vaultcore.')}'
}

var endpoints = [
  { name: 'state-blob', service: 'blob', target: stateId }
  { name: 'state-queue', service: 'queue', target: stateId }
  { name: 'state-table', service: 'table', target: stateId }
  { name: 'vault-blob', service: 'blob', target: vaultId }
  { name: 'secrets', service: 'vault', target: keyVaultId }
]

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for each in items(zones): {
    name: each.value
    location: 'global'
    tags: tags
  }
]

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (each, index) in items(zones): {
    parent: zone[index]
    name: 'app'
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: { id: networkId }
    }
  }
]

resource endpoint 'Microsoft.Network/privateEndpoints@2024-07-01' = [
  for each in endpoints: {
    name: 'pe-${each.name}'
    location: location
    tags: tags
    properties: {
      subnet: { id: subnetId }
      privateLinkServiceConnections: [
        {
          name: each.name
          properties: {
            privateLinkServiceId: each.target
            groupIds: [each.service]
          }
        }
      ]
    }
  }
]

resource names 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-07-01' = [
  for (each, index) in endpoints: {
    parent: endpoint[index]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: each.service
          properties: {
            privateDnsZoneId: resourceId('Microsoft.Network/privateDnsZones', zones[each.service])
          }
        }
      ]
    }
    dependsOn: [zone]
  }
]
