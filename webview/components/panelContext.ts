import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { PanelModel } from './panelModel.ts';

export const PanelContext = createContext<PanelModel | null>(null);

/** The panel that a component stands in. Throws outside of one. */
export function usePanel(): PanelModel {
  const panel = useContext(PanelContext);
  if (!panel) throw new Error('this component must stand in a panel');
  return panel;
}
