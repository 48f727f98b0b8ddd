import { Button, makeStyles, Radio, RadioGroup, tokens } from '@fluentui/react-components'
import { useState } from 'react'
import type { Provenance, Version } from '../api/client'
import { useActions, useComparison, useMe, useVersions } from '../api/queries'
import { moment } from '../shared/format'
import { Asking, Problem } from '../shared/States'
import { ToLookAt } from '../shared/Status'
import { useSpoken } from '../text'
import { DoubtNotice } from './DoubtNotice'
import { percent } from './verification'

const useStyles = makeStyles({
  changes: {
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
    fontFamily: 'inherit',
    margin: '8px 0',
    padding: '12px',
    maxHeight: '40vh',
    overflow: 'auto',
    backgroundColor: tokens.colorNeutralBackground3,
    borderRadius: tokens.borderRadiusMedium,
  },
  removed: {
    backgroundColor: tokens.colorPaletteRedBackground1,
    color: tokens.colorNeutralForeground1,
    textDecorationLine: 'line-through',
  },
  added: {
    backgroundColor: tokens.colorPaletteGreenBackground1,
    color: tokens.colorNeutralForeground1,
    textDecorationLine: 'underline',
    fontWeight: tokens.fontWeightSemibold,
  },
})

/** What was read on a page each time: told apart, and gone back to. */
export function Versions({ id, number }: { id: string; number: number }) {
  const { t, language } = useSpoken()
  const list = useVersions(id, number)
  const mayWrite = useMe().data?.scopes.includes('write') ?? false
  const { restore } = useActions()
  const [chosen, setChosen] = useState<number | null>(null)
  if (!list.data) return <Asking query={list} />
  const { versions } = list.data
  const current = versions.find((version) => version.current)
  const other = versions.find((version) => version.version === chosen && !version.current)
  const label = ({ version, current: shown, model, provenance, read_at, ...more }: Version) =>
    [
      `${t.reading.version} ${version}`,
      model ?? t.provenance[provenance as Provenance],
      read_at && moment(read_at, language),
      more.verification?.status === 'verified' &&
        t.reading.spots.agreed(percent(more.verification.agreement ?? 0, language)),
      shown && t.reading.current,
    ]
      .filter(Boolean)
      .join(' · ')
  return (
    <>
      <RadioGroup
        aria-label={t.reading.versions}
        value={String(other?.version ?? current?.version ?? '')}
        onChange={(_, { value }) => setChosen(Number(value))}
      >
        {versions.map((version) => (
          <Radio
            key={version.version}
            value={String(version.version)}
            label={
              <>
                {label(version)} {version.doubts.length > 0 && <ToLookAt />}
              </>
            }
          />
        ))}
      </RadioGroup>
      {other && <DoubtNotice doubts={other.doubts} />}
      {other && current && (
        <Changes id={id} number={number} from={other.version} to={current.version} />
      )}
      {other && mayWrite && (
        <Button
          disabled={restore.isPending}
          onClick={() =>
            restore.mutate(
              { id, number, version: other.version },
              { onSuccess: () => setChosen(null) },
            )
          }
        >
          {t.reading.restore}
        </Button>
      )}
      {restore.error && <Problem error={restore.error} />}
    </>
  )
}

function Changes({
  id,
  number,
  from,
  to,
}: {
  id: string
  number: number
  from: number
  to: number
}) {
  const { t } = useSpoken()
  const styles = useStyles()
  const comparison = useComparison(id, number, from, to)
  if (!comparison.data) return <Asking query={comparison} />
  return (
    <>
      <h3>
        {t.reading.compare} {t.reading.compareWith(from)}
      </h3>
      <pre className={styles.changes} tabIndex={0}>
        {comparison.data.changes.map(({ kind, text }, index) => {
          if (kind === 'removed')
            return (
              <del
                key={index}
                className={styles.removed}
                aria-label={`${t.reading.removed}: ${text}`}
              >
                {text}
              </del>
            )
          if (kind === 'added')
            return (
              <ins key={index} className={styles.added} aria-label={`${t.reading.added}: ${text}`}>
                {text}
              </ins>
            )
          return text
        })}
      </pre>
    </>
  )
}
