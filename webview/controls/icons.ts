// Icons: @vscode/codicons by Microsoft, CC-BY-4.0.
import chevronDown from '@vscode/codicons/src/icons/chevron-down.svg';
import chevronRight from '@vscode/codicons/src/icons/chevron-right.svg';
import chevronUp from '@vscode/codicons/src/icons/chevron-up.svg';
import close from '@vscode/codicons/src/icons/close.svg';
import collapseAll from '@vscode/codicons/src/icons/collapse-all.svg';
import copy from '@vscode/codicons/src/icons/copy.svg';
import error from '@vscode/codicons/src/icons/error.svg';
import expandAll from '@vscode/codicons/src/icons/expand-all.svg';
import filter from '@vscode/codicons/src/icons/filter.svg';
import fold from '@vscode/codicons/src/icons/fold.svg';
import goToFile from '@vscode/codicons/src/icons/go-to-file.svg';
import info from '@vscode/codicons/src/icons/info.svg';
import json from '@vscode/codicons/src/icons/json.svg';
import sidebar from '@vscode/codicons/src/icons/layout-sidebar-right.svg';
import link from '@vscode/codicons/src/icons/link.svg';
import listFlat from '@vscode/codicons/src/icons/list-flat.svg';
import pin from '@vscode/codicons/src/icons/pin.svg';
import pinned from '@vscode/codicons/src/icons/pinned.svg';
import flame from '@vscode/codicons/src/icons/pulse.svg';
import zoomReset from '@vscode/codicons/src/icons/screen-full.svg';
import search from '@vscode/codicons/src/icons/search.svg';
import split from '@vscode/codicons/src/icons/split-horizontal.svg';
import unfold from '@vscode/codicons/src/icons/unfold.svg';
import warning from '@vscode/codicons/src/icons/warning.svg';
import zoomIn from '@vscode/codicons/src/icons/zoom-in.svg';
import zoomOut from '@vscode/codicons/src/icons/zoom-out.svg';

/** SVG texts by name. They are ours, so they may be parsed as markup. */
export const icons = {
  chevronDown,
  chevronRight,
  chevronUp,
  close,
  collapseAll,
  copy,
  error,
  expandAll,
  filter,
  fold,
  goToFile,
  info,
  json,
  sidebar,
  link,
  listFlat,
  pin,
  pinned,
  criticalPath: flame,
  zoomReset,
  search,
  split,
  unfold,
  warning,
  zoomIn,
  zoomOut,
} as const;

export type IconName = keyof typeof icons;
