metadata description = 'The virtual network through which the app reaches Builder hosts, and private endpoints when there are any.'

@description('Name of the virtual network.')
param name string

@description('Azure region.')
param location string

@description('Tags of the resource.')
param tags object

@description('Address space, a /24 or larger.')
param prefix string

@description('Which kind of plan is to be integrated: each needs its own delegation.')
@allowed(['flex', 'container'])
param hosting string

var delegation = hosting == 'flex' ? 'Microsoft.App/environments' : 'Microsoft.Web/serverFarms'

resource network 'Microsoft.Network/virtualNetworks@2024-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [prefix] }
    subnets: [
      {
        // No underscore in the name: Flex Consumption refuses it.
        name: 'app'
        properties: {
          addressPrefix: cidrSubnet(prefix, 26, 0)
          delegations: [
            {
              name: 'app'
              properties: { serviceName: delegation }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: cidrSubnet(prefix, 26, 1)
          privateEndpointNetworkPolicies: 'Enabled'
        }
      }
    ]
  }

  resource app 'subnets' existing = { name: 'app' }

  resource endpoints 'subnets' existing = { name: 'endpoints' }
}

@description('Resource id of the network: peer it with the network of the Builder hosts.')
output id string = network.id

@description('The subnet the app goes out through.')
output appSubnetId string = network::app.id

@description('The subnet that private endpoints are put in.')
output endpointsSubnetId string = network::endpoints.id
