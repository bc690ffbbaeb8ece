metadata description = 'The workbook "Builder DR": are we safe, what ran, what failed, how long the API was down.'

@description('Azure region.')
param location string

@description('Tags of the resource.')
param tags object

@description('Workspace that holds the app\'s logs.')
param workspaceId string

var committed = loadTextContent('queries/committed.kql')
var failed = loadTextContent('queries/failed.kql')
var drills = loadTextContent('queries/drills.kql')
var damage = loadTextContent('queries/damage.kql')
var watchdog = loadTextContent('queries/watchdog.kql')

var parts = [
  {
    title: 'Age of the newest backup set'
    query: '${committed}| summarize arg_max(TimeGenerated, Set, Bytes) by Site\n| extend AgeHours = round((now() - TimeGenerated) / 1h, 1)\n| project Site, Set, AgeHours, Bytes\n| order by AgeHours desc'
    visualization: 'table'
  }
  {
    title: 'Size of the sets'
    query: '${committed}| project TimeGenerated, Site, Bytes'
    visualization: 'timechart'
  }
  {
    title: 'Seconds the API was down for a backup'
    query: '${committed}| project TimeGenerated, Site, DownSeconds'
    visualization: 'timechart'
  }
  {
    title: 'Runs that failed or were cancelled'
    query: '${failed}| order by TimeGenerated desc'
    visualization: 'table'
  }
  {
    title: 'Drills that failed'
    query: '${drills}| order by TimeGenerated desc'
    visualization: 'table'
  }
  {
    title: 'Damaged sets'
    query: '${damage}| order by TimeGenerated desc'
    visualization: 'table'
  }
  {
    title: 'APIs stopped and started'
    query: '${watchdog}| project TimeGenerated, Site, Message\n| order by TimeGenerated desc'
    visualization: 'table'
  }
]

var timeRange = {
  type: 9
  content: {
    version: 'KqlParameterItem/1.0'
    parameters: [
      {
        id: guid('time-range')
        version: 'KqlParameterItem/1.0'
        name: 'TimeRange'
        label: 'Time range'
        type: 4
        isRequired: true
        value: { durationMs: 2592000000 }
        typeSettings: {
          selectableValues: [
            { durationMs: 86400000 }
            { durationMs: 604800000 }
            { durationMs: 2592000000 }
            { durationMs: 7776000000 }
          ]
        }
      }
    ]
  }
  name: 'time-range'
}

var charts = map(parts, part => {
  type: 3
  content: {
    version: 'KqlItem/1.0'
    title: part.title
    query: part.query
    size: 0
    queryType: 0
    resourceType: 'microsoft.operationalinsights/workspaces'
    timeContextFromParameter: 'TimeRange'
    visualization: part.visualization
  }
  name: part.title
})

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'builder-dr')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Builder DR'
    category: 'workbook'
    sourceId: workspaceId
    serializedData: string({
      version: 'Notebook/1.0'
      items: concat([timeRange], charts)
      fallbackResourceIds: [workspaceId]
    })
  }
}
