// The views and their addresses.

import { auditView } from "./audit.js";
import { backupsView } from "./backups.js";
import { drillsView } from "./drills.js";
import { mergeView } from "./merge.js";
import { operationsView } from "./operations.js";
import { overviewView } from "./overview.js";
import { restoreView } from "./restore.js";
import { trendsView } from "./trends.js";

export const views = [
  { name: "overview", title: "Overview", render: overviewView },
  { name: "restore", title: "Restore", render: restoreView },
  { name: "backups", title: "Backups", render: backupsView },
  { name: "operations", title: "Operations", render: operationsView },
  { name: "drills", title: "Drills", render: drillsView },
  { name: "trends", title: "Trends", render: trendsView },
  { name: "merge", title: "Merge", render: mergeView },
  { name: "audit", title: "Audit", render: auditView },
];

/** The view that an address names: "#backups" or "#backups/20261122T020000Z-nightly-1a2b". */
export const viewOf = (hash) => views.find((view) => view.name === hash.slice(1).split("/")[0]) ?? views[0];

/** What stands behind the view's name in the address. */
export const argument = () => decodeURIComponent(location.hash.split("/").slice(1).join("/"));
