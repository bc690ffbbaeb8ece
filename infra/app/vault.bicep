metadata description = '''
The vault: where backup sets lie. Everything written is a version that nobody with data rights alone can delete or change for
`immutabilityDays`: an overwrite or a deletion only hides it. The policy is left unlocked; lock it when the retention is settled,
for a locked policy can never be shortened again.
'''

@description('Name of the account.')
param name string

@description('Azure region.')
param location string

@description('Tags of the resource.')
param tags object

@description('How often and where the data is copied.')
param redundancy string

@description('Days for which a stored version is immutable.')
param immutabilityDays int

@description('The policy was locked, and can only be made longer by hand: it is left alone.')
param policyLocked bool

@description('Days during which a deleted blob or container can be brought back.')
param softDeleteDays int

@description('Whether the account is reachable from outside the virtual network.')
param public bool

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: redundancy }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: public ? 'Enabled' : 'Disabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: public ? 'Allow' : 'Deny'
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      isVersioningEnabled: true
      deleteRetentionPolicy: {
        enabled: true
        days: softDeleteDays
      }
      containerDeleteRetentionPolicy: {
        enabled: true
        days: softDeleteDays
      }
    }

    resource sets 'containers' = {
      name: 'builder-dr'
      properties: {
        immutableStorageWithVersioning: { enabled: true }
      }

      resource policy 'immutabilityPolicies' = if (!policyLocked) {
        name: 'default'
        properties: {
          immutabilityPeriodSinceCreationInDays: immutabilityDays
        }
      }
    }
  }

  // Versions that were overwritten or expired: kept while they are immutable, then removed, and after that still soft-deleted.
  resource lifecycle 'managementPolicies' = {
    name: 'default'
    properties: {
      policy: {
        rules: [
          {
            name: 'expire-old-versions'
            type: 'Lifecycle'
            definition: {
              filters: { blobTypes: ['blockBlob'] }
              actions: {
                version: {
                  delete: { daysAfterCreationGreaterThan: immutabilityDays + 1 }
                }
              }
            }
          }
        ]
      }
    }
    dependsOn: [blobs]
  }
}

@description('Resource id.')
output id string = account.id

@description('Name of the account.')
output name string = account.name

@description('Name of the container.')
output container string = account::blobs::sets.name

@description('What Vault__Url is set to.')
output containerUrl string = '${account.properties.primaryEndpoints.blob}${account::blobs::sets.name}'
