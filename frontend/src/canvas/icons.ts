/** Icons of node types by their names at lucide.dev; a fixed list, so that only these are loaded. */

import * as icons from "lucide-react";

const NAMED: Record<string, icons.LucideIcon> = {
  bell: icons.Bell,
  box: icons.Box,
  braces: icons.Braces,
  calculator: icons.Calculator,
  calendar: icons.Calendar,
  clock: icons.Clock,
  cloud: icons.Cloud,
  code: icons.Code,
  cpu: icons.Cpu,
  database: icons.Database,
  file: icons.File,
  filter: icons.Funnel,
  folder: icons.Folder,
  globe: icons.Globe,
  hash: icons.Hash,
  hourglass: icons.Hourglass,
  image: icons.Image,
  key: icons.Key,
  list: icons.List,
  lock: icons.Lock,
  "log-in": icons.LogIn,
  "log-out": icons.LogOut,
  mail: icons.Mail,
  "message-square": icons.MessageSquare,
  "octagon-x": icons.OctagonX,
  play: icons.Play,
  radio: icons.Radio,
  "radio-tower": icons.RadioTower,
  repeat: icons.Repeat,
  search: icons.Search,
  send: icons.Send,
  server: icons.Server,
  shield: icons.Shield,
  sparkles: icons.Sparkles,
  split: icons.Split,
  square: icons.Square,
  table: icons.Table,
  tag: icons.Tag,
  terminal: icons.Terminal,
  "user-check": icons.UserCheck,
  users: icons.Users,
  webhook: icons.Webhook,
  workflow: icons.Workflow,
  zap: icons.Zap,
};

/** The icon of this name; a box for one that is not in the list. */
export function iconOf(name: string): icons.LucideIcon {
  return NAMED[name] ?? icons.Box;
}
