import { Button, Field, Input, makeStyles, Text } from '@fluentui/react-components'
import { useState } from 'react'
import { isOpen, type LectorFile } from '../api/client'
import { useActions, useEstimate, useMe } from '../api/queries'
import { cost } from '../shared/format'
import { Problem } from '../shared/States'
import { useSpoken } from '../text'
import { amount, isAmount } from '../upload/wishes'

const useStyles = makeStyles({
  ceiling: { display: 'flex', flexWrap: 'wrap', alignItems: 'end', gap: '8px 14px' },
  field: { width: '180px' },
  words: { flexBasis: '100%' },
})

/** What a file at its ceiling costs in all, and how much it may cost from now on. */
export function Ceiling({ file }: { file: LectorFile }) {
  const { t, language } = useSpoken()
  const styles = useStyles()
  const waits = file.waiting?.code === 'budget_exceeded'
  const mayWrite = useMe().data?.scopes.includes('write') ?? false
  const estimate = useEstimate(file, waits).data
  const { allow } = useActions()
  const [most, setMost] = useState('')
  if (!isOpen(file) || !waits) return null
  const about = estimate?.about_usd == null ? null : cost(estimate.about_usd, language)
  return (
    <form
      className={styles.ceiling}
      onSubmit={(event) => {
        event.preventDefault()
        allow.mutate({ id: file.id, max_cost_usd: amount(most) }, { onSuccess: () => setMost('') })
      }}
    >
      {estimate && (
        <Text className={styles.words}>
          {t.file.estimate(estimate.pages, estimate.by_text_layer, estimate.by_reader, about)}
        </Text>
      )}
      {mayWrite && (
        <>
          <Field className={styles.field} label={t.file.mostUsd}>
            <Input
              inputMode="decimal"
              contentBefore="$"
              value={most}
              onChange={(_, { value }) => setMost(value)}
            />
          </Field>
          <Button type="submit" appearance="primary" disabled={!isAmount(most)}>
            {t.file.goOn}
          </Button>
        </>
      )}
      {allow.error && <Problem error={allow.error} />}
    </form>
  )
}
