import { makeStyles, tokens } from '@fluentui/react-components'
import type { Spot } from './spots'

export type Difference = 'near' | 'alone' | 'missing'
export const DIFFERENCES: readonly Difference[] = ['near', 'alone', 'missing']

/** How each kind of difference is drawn on an image, which is white in any theme. */
export const ON_IMAGE: Record<Difference, { fill: string; stroke: string; dashes?: string }> = {
  near: { fill: 'rgba(255, 150, 0, 0.28)', stroke: '#a34b00' },
  alone: { fill: 'rgba(0, 110, 220, 0.18)', stroke: '#0b5cad', dashes: '2 3' },
  missing: { fill: 'rgba(210, 20, 50, 0.16)', stroke: '#b3122c', dashes: '7 4' },
}

/** How it is marked in a text, and in what explains it: by colour and by the line below. */
export const useMarkStyles = makeStyles({
  near: {
    backgroundColor: tokens.colorPaletteDarkOrangeBackground2,
    color: tokens.colorNeutralForeground1,
    borderBottom: `2px solid ${tokens.colorPaletteDarkOrangeBorderActive}`,
    borderRadius: '2px',
  },
  alone: {
    backgroundColor: tokens.colorPaletteBlueBackground2,
    color: tokens.colorNeutralForeground1,
    borderBottom: `2px dotted ${tokens.colorPaletteBlueBorderActive}`,
    borderRadius: '2px',
  },
  missing: {
    color: tokens.colorNeutralForeground1,
    backgroundColor: tokens.colorPaletteRedBackground1,
    border: `1px dashed ${tokens.colorPaletteRedBorderActive}`,
    borderRadius: tokens.borderRadiusMedium,
    padding: '0 3px',
    margin: '0 2px',
    fontStyle: 'italic',
    boxDecorationBreak: 'clone',
    WebkitBoxDecorationBreak: 'clone',
  },
})

/** The style of a spot; none where readers do not differ. */
export function markOf(styles: ReturnType<typeof useMarkStyles>, { kind }: Spot): string {
  return kind === 'plain' || kind === 'same' ? '' : styles[kind]
}
