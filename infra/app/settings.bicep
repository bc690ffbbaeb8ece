metadata description = 'The app\'s settings. Secrets are references to the key vault; none is ever a value here.'

@export()
@description('A Builder. Settings are named as behind `Sites__<name>__`: see README.md.')
type site = {
  @description('Letters and digits: it becomes part of an environment variable\'s name.')
  @minLength(1)
  @maxLength(40)
  name: string

  @description('Settings that are no secret, such as Service__Host.')
  settings: { *: string }

  @description('Settings whose values are secrets in the key vault: which setting takes which secret.')
  secrets: { *: string }
}

@description('The Builders to protect.')
param sites site[]

@description('Where the app runs.')
@allowed(['flex', 'container'])
param hosting string

@description('Client id of the app\'s identity.')
param identityClientId string

@description('Where telemetry goes.')
param insightsConnectionString string

@description('The three services of the state storage.')
param stateEndpoints { blob: string, queue: string, table: string }

@description('Where backup sets lie.')
param vaultUrl string

@description('Where references point, with the closing slash.')
param keyVaultUri string

@description('When things happen by themselves; `site` is the one site the nightly backup covers, or empty.')
param schedules { backup: string, verify: string, drill: string, spare: string, site: string }

@description('Further settings by name; they win over those below.')
param further { *: string }

func reference(vaultUri string, secret string) string => '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/${secret})'

// Without a shared key the host and Durable Functions sign in as the app does; each of the three services is named.
var host = {
  AzureWebJobsStorage__blobServiceUri: stateEndpoints.blob
  AzureWebJobsStorage__queueServiceUri: stateEndpoints.queue
  AzureWebJobsStorage__tableServiceUri: stateEndpoints.table
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  AZURE_CLIENT_ID: identityClientId
}

// Schedules must be set: the host resolves %Schedules:Backup% and its like from its own settings, not from the app's defaults.
var app = {
  Schedules__Backup: schedules.backup
  Schedules__Verify: schedules.verify
  Schedules__Drill: schedules.drill
  Schedules__Spare: schedules.spare
  Schedules__Site: schedules.site
  Vault__Url: vaultUrl
  Vault__CreateIfMissing: 'false'
  Vault__Encryption__Key: reference(keyVaultUri, 'vault-encryption-key')
}

// Flex Consumption has no PostgreSQL tools: they run where Builder is, unless a site says otherwise.
var tools = hosting == 'flex' ? { Postgres__Tools: 'ssh' } : {}

var plain = [for each in sites: mapKeys(union(tools, each.settings), each.name)]
var secret = [for each in sites: mapKeys(mapValues(each.secrets, name => reference(keyVaultUri, name)), each.name)]

func mapKeys(values { *: string }, name string) { *: string } =>
  toObject(items(values), each => 'Sites__${name}__${each.key}', each => each.value)

@description('Every setting by name.')
output values { *: string } = union(
  host,
  app,
  reduce(concat(plain, secret), {}, (sum, next) => union(sum, next)),
  further
)
