import { makeStyles, tokens } from '@fluentui/react-components'

const PHONE_PX = 600
const PHONE = `@media (max-width: ${PHONE_PX}px)`
const TABLET = '@media (min-width: 601px) and (max-width: 960px)'
const BELOW_WIDE = '@media (max-width: 1360px)'

const ROW_PX = 41
const CARD_PX = 130

/** About how high a row is, with its line; it is measured when it is drawn. */
export const rowPx = () => (innerWidth <= PHONE_PX ? CARD_PX : ROW_PX)

const cut = { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' } as const
const small = {
  fontSize: tokens.fontSizeBase200,
  minWidth: 0,
  ...cut,
} as const
// takes what room the others leave
const rest = { ...small, flexGrow: 1, flexBasis: 0 } as const
const whole = { whiteSpace: 'normal', overflowWrap: 'anywhere' } as const
const cell = { height: '40px', padding: '0 8px', verticalAlign: 'middle' } as const
const inCard = { height: 'auto', padding: '2px 8px', width: 'auto' } as const
const figures = { fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' } as const

/**
 * A table of one line for each file; on a phone its rows are cards. It is made of the browser's own
 * elements: with Fluent's, a list takes a phone twice as long.
 */
export const useTableStyles = makeStyles({
  table: {
    width: '100%',
    borderCollapse: 'collapse',
    backgroundColor: tokens.colorNeutralBackground1,
    borderRadius: tokens.borderRadiusXLarge,
    boxShadow: tokens.shadow2,
    tableLayout: 'fixed',
    [PHONE]: { display: 'block', backgroundColor: 'transparent', boxShadow: 'none' },
  },
  header: {
    height: '33px',
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    [PHONE]: { display: 'none' },
  },
  title: { padding: '0 8px', fontWeight: tokens.fontWeightRegular, textAlign: 'left' },
  unseen: {
    position: 'absolute',
    width: '1px',
    height: '1px',
    overflow: 'hidden',
    clipPath: 'inset(50%)',
  },
  body: { [PHONE]: { display: 'block' } },
  row: {
    height: '40px',
    boxSizing: 'border-box',
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    ':last-child': { borderBottom: 'none' },
    // Fluent's own is too light in the dark for red words
    ':hover': { backgroundColor: tokens.colorNeutralBackground2 },
    [PHONE]: {
      display: 'grid',
      height: 'auto',
      gridTemplateColumns: 'auto minmax(0, 1fr) auto',
      alignItems: 'center',
      padding: '6px 4px 8px 0',
      // in place of a margin, which is not measured with the card
      borderTop: `10px solid ${tokens.colorTransparentStroke}`,
      backgroundClip: 'padding-box',
      borderRadius: tokens.borderRadiusXLarge,
      backgroundColor: tokens.colorNeutralBackground1,
      borderBottom: 'none',
    },
  },
  selected: {
    backgroundColor: tokens.colorNeutralBackground3,
    ':hover': { backgroundColor: tokens.colorNeutralBackground3 },
  },
  check: {
    ...cell,
    width: '40px',
    padding: '0 4px',
    [PHONE]: { ...inCard, padding: 0, alignSelf: 'start' },
  },
  // as much as a finger needs; Shift selects rows there, not words
  target: { display: 'block', padding: '8px', cursor: 'pointer', userSelect: 'none' },
  box: {
    display: 'block',
    width: '16px',
    height: '16px',
    margin: 0,
    cursor: 'pointer',
    accentColor: tokens.colorCompoundBrandBackground,
  },
  name: {
    ...cell,
    [PHONE]: { ...inCard, gridColumn: '2 / 3', padding: '6px 8px' },
  },
  line: {
    display: 'flex',
    alignItems: 'center',
    gap: '8px',
    minWidth: 0,
    [PHONE]: { flexWrap: 'wrap', alignItems: 'baseline', gap: '0 8px' },
  },
  kind: {
    flexShrink: 0,
    alignSelf: 'center',
    position: 'relative',
    display: 'flex',
    alignItems: 'center',
    justifyContent: 'center',
    width: '26px',
    height: '34px',
    fontSize: '18px',
    color: tokens.colorNeutralForeground3,
    [PHONE]: { display: 'none' },
  },
  small: {
    position: 'absolute',
    inset: 0,
    ':has(img)': {
      backgroundColor: tokens.colorNeutralBackground1,
      outline: `1px solid ${tokens.colorNeutralStroke2}`,
    },
  },
  link: {
    color: tokens.colorNeutralForeground1,
    fontWeight: tokens.fontWeightSemibold,
    textDecorationLine: 'none',
    // What stands beside a name is cut first, and the name only by the icon's width.
    flexShrink: 0,
    maxWidth: 'calc(100% - 34px)',
    ...cut,
    ':hover': { color: tokens.colorBrandForegroundLink, textDecorationLine: 'underline' },
    [PHONE]: { ...whole, maxWidth: '100%' },
  },
  reason: {
    ...rest,
    color: tokens.colorPaletteRedForeground1,
    [PHONE]: { ...whole, flexBasis: 'auto' },
  },
  waits: {
    ...rest,
    color: tokens.colorNeutralForeground2,
    [PHONE]: { ...whole, flexBasis: 'auto' },
  },
  quiet: { ...small, color: tokens.colorNeutralForeground2, [PHONE]: whole },
  folder: { textDecorationLine: 'none', ':hover': { textDecorationLine: 'underline' } },
  stateWidth: { width: '124px' },
  status: { ...cell, [PHONE]: { ...inCard, gridColumn: '2' } },
  progressWidth: { width: '236px', [TABLET]: { width: '170px' } },
  progress: { ...cell, [PHONE]: { ...inCard, gridColumn: '2 / 4', gridRow: '3' } },
  pages: {
    display: 'flex',
    alignItems: 'center',
    gap: '0 10px',
    minWidth: 0,
    fontVariantNumeric: 'tabular-nums',
    whiteSpace: 'nowrap',
    [PHONE]: { flexWrap: 'wrap' },
  },
  bar: { width: '56px', flexShrink: 0, [TABLET]: { display: 'none' } },
  words: { ...cut, minWidth: 0 },
  look: {
    color: tokens.colorStatusWarningForeground3,
    textDecorationLine: 'none',
    ...cut,
    minWidth: 0,
    ':hover': { textDecorationLine: 'underline' },
  },
  size: {
    ...cell,
    ...figures,
    width: '84px',
    color: tokens.colorNeutralForeground2,
    [BELOW_WIDE]: { display: 'none' },
  },
  figureWidth: { width: '84px' },
  timeWidth: { width: '118px' },
  figure: {
    ...cell,
    ...figures,
    ...cut,
    [PHONE]: { ...inCard, gridColumn: '2', gridRow: '4' },
  },
  last: { [PHONE]: { gridColumn: '3', gridRow: '4' } },
  added: {
    ...cell,
    whiteSpace: 'nowrap',
    width: '120px',
    [TABLET]: { display: 'none' },
    [PHONE]: { ...inCard, display: 'block', gridColumn: '3', gridRow: '2' },
  },
  more: {
    ...cell,
    width: '44px',
    padding: '0 6px',
    [PHONE]: { ...inCard, gridColumn: '3', gridRow: '1', alignSelf: 'start', justifySelf: 'end' },
  },
})
