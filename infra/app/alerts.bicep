metadata description = 'What somebody must be told of: no backup within the objective, a failed run, an API left down, a failed drill, a damaged set.'

@description('Name of the deployment.')
param name string

@description('Azure region.')
param location string

@description('Tags of the resources.')
param tags object

@description('Workspace that holds the app\'s logs.')
param workspaceId string

@description('Names of the sites.')
param sites string[]

@description('Hours that may pass without a committed backup.')
param recoveryPointHours int

@description('Where alerts are sent. Empty: they are shown in the portal only.')
param email string

var committed = loadTextContent('queries/committed.kql')
var failed = loadTextContent('queries/failed.kql')
var drills = loadTextContent('queries/drills.kql')
var damage = loadTextContent('queries/damage.kql')
var watchdog = loadTextContent('queries/watchdog.kql')
var siteTable = 'datatable(Site: string) [${join(map(sites, each => '"${each}"'), ', ')}]'

// A rule counts the rows that its query returns over the window, one alert for each site.
var rules = [
  {
    name: 'backup-overdue'
    title: 'Builder DR: no backup within ${recoveryPointHours} hours'
    description: 'A site has no committed backup set younger than the objective. See GET /api/operations for its last runs.'
    severity: 1
    every: 'PT1H'
    window: 'P2D'
    query: '''
let committed = {0}
| where TimeGenerated > ago({1}h);
{2}
| join kind=leftanti committed on Site
| extend TimeGenerated = now()
'''
    values: [committed, string(recoveryPointHours), siteTable]
  }
  {
    name: 'run-failed'
    title: 'Builder DR: a run failed'
    description: 'A backup, restore or other operation ended with an error, or was cancelled. GET /api/operations/{id} says why and what to do.'
    severity: 2
    every: 'PT5M'
    window: 'PT10M'
    query: '''
{0}
| where Kind != "drill"
'''
    values: [failed]
  }
  {
    name: 'api-down'
    title: 'Builder DR: a Builder API is left down'
    description: 'The watchdog found an API that a run had stopped, and could not start it again. Log in to the Builder host: hab svc start habitat/builder-api'
    severity: 0
    every: 'PT5M'
    window: 'PT15M'
    query: '''
{0}
| summarize Tries = countif(Down), Fell = maxif(TimeGenerated, Down), Rose = maxif(TimeGenerated, Up) by Site
| where Tries >= 3 and (isnull(Rose) or Fell > Rose)
| extend TimeGenerated = now()
'''
    values: [watchdog]
  }
  {
    name: 'drill-failed'
    title: 'Builder DR: a restore drill failed'
    description: 'A backup set could not be restored in a rehearsal. Until another drill succeeds, treat the newest sets as unproven.'
    severity: 1
    every: 'PT15M'
    window: 'PT30M'
    query: '''
union ({0}), ({1}
| where Kind == "drill")
'''
    values: [drills, failed]
  }
  {
    name: 'set-damaged'
    title: 'Builder DR: a backup set is damaged'
    description: 'A verification found stored bytes that are not those written. GET /api/backups/{id}/verdicts names them.'
    severity: 1
    every: 'PT15M'
    window: 'PT30M'
    query: '''
{0}
'''
    values: [damage]
  }
]

resource recipients 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(email)) {
  name: 'ag-${name}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'builder-dr'
    emailReceivers: [
      {
        name: 'operator'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource rule 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for each in rules: {
    name: '${each.name}-${name}'
    location: location
    tags: tags
    properties: {
      displayName: each.title
      description: each.description
      severity: each.severity
      enabled: true
      scopes: [workspaceId]
      evaluationFrequency: each.every
      windowSize: each.window
      // A workspace without a first log line has no table yet.
      skipQueryValidation: true
      autoMitigate: true
      criteria: {
        allOf: [
          {
            query: reduce(
              range(0, length(each.values)),
              each.query,
              (text, index) => replace(text, '{${index}}', each.values[index])
            )
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            dimensions: [
              {
                name: 'Site'
                operator: 'Include'
                values: ['*']
              }
            ]
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: {
        actionGroups: empty(email) ? [] : [recipients.id]
      }
    }
  }
]
