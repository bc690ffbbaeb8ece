metadata description = 'Key Vault for the secrets that app settings refer to. It is filled by the operator, never by a template.'

@description('Name of the key vault.')
param name string

@description('Azure region.')
param location string

@description('Tags of the resource.')
param tags object

@description('Days during which a deleted secret can be brought back.')
param softDeleteDays int

@description('Whether the key vault is reachable from outside the virtual network.')
param public bool

resource keyVault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: softDeleteDays
    // The encryption key of the backup sets is here: without it, their keys and configuration are lost.
    enablePurgeProtection: true
    publicNetworkAccess: public ? 'enabled' : 'disabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: public ? 'Allow' : 'Deny'
    }
  }
}

@description('Resource id.')
output id string = keyVault.id

@description('Name of the key vault.')
output name string = keyVault.name

@description('Where references point, with the closing slash.')
output uri string = keyVault.properties.vaultUri
