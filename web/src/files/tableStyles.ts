import { makeStyles, tokens } from '@fluentui/react-components'

const PHONE = '@media (max-width: 600px)'
const TABLET = '@media (min-width: 601px) and (max-width: 960px)'

const small = { display: 'block', fontSize: tokens.fontSizeBase200 }
const cell = { height: 'auto', padding: '2px 8px' }

/** A table; on a phone its rows are cards. */
export const useTableStyles = makeStyles({
  table: {
    backgroundColor: tokens.colorNeutralBackground1,
    borderRadius: tokens.borderRadiusXLarge,
    boxShadow: tokens.shadow2,
    tableLayout: 'auto',
    [PHONE]: { display: 'block', backgroundColor: 'transparent', boxShadow: 'none' },
  },
  header: { [PHONE]: { display: 'none' } },
  body: { [PHONE]: { display: 'flex', flexDirection: 'column', gap: '10px' } },
  row: {
    ':last-child': { borderBottom: 'none' },
    // Fluent's own is too light in the dark for red words
    ':hover': { backgroundColor: tokens.colorNeutralBackground2 },
    [PHONE]: {
      display: 'grid',
      gridTemplateColumns: 'auto minmax(0, 1fr) auto',
      alignItems: 'center',
      padding: '6px 4px 8px 0',
      borderRadius: tokens.borderRadiusXLarge,
      backgroundColor: tokens.colorNeutralBackground1,
      boxShadow: tokens.shadow2,
      borderBottom: 'none',
    },
  },
  selected: {
    backgroundColor: tokens.colorNeutralBackground3,
    ':hover': { backgroundColor: tokens.colorNeutralBackground3 },
  },
  check: { width: '40px', [PHONE]: { ...cell, padding: 0, alignSelf: 'start' } },
  name: {
    padding: '10px 8px',
    minWidth: 0,
    overflowWrap: 'anywhere',
    [PHONE]: { ...cell, gridColumn: '2 / 4', padding: '6px 8px' },
  },
  link: {
    color: tokens.colorNeutralForeground1,
    fontWeight: tokens.fontWeightSemibold,
    textDecorationLine: 'none',
    ':hover': { color: tokens.colorBrandForegroundLink, textDecorationLine: 'underline' },
  },
  reason: { ...small, color: tokens.colorPaletteRedForeground1 },
  quiet: { ...small, color: tokens.colorNeutralForeground2 },
  status: { [PHONE]: { ...cell, gridColumn: '2' } },
  progress: {
    minWidth: '150px',
    [PHONE]: { ...cell, gridColumn: '2 / 4', gridRow: '3', minWidth: 0 },
  },
  bar: {
    display: 'flex',
    flexDirection: 'column',
    gap: '4px',
    padding: '6px 0',
    minWidth: '130px',
    fontVariantNumeric: 'tabular-nums',
  },
  look: {
    alignSelf: 'start',
    color: tokens.colorStatusWarningForeground3,
    textDecorationLine: 'none',
    ':hover': { textDecorationLine: 'underline' },
  },
  figure: {
    fontVariantNumeric: 'tabular-nums',
    whiteSpace: 'nowrap',
    [PHONE]: { ...cell, gridColumn: '2', gridRow: '4' },
  },
  last: { [PHONE]: { gridColumn: '3', gridRow: '4' } },
  added: {
    whiteSpace: 'nowrap',
    [TABLET]: { display: 'none' },
    [PHONE]: { ...cell, display: 'block', gridColumn: '3', gridRow: '2' },
  },
})
