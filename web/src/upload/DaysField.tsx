import { Field, Input } from '@fluentui/react-components'
import { useText } from '../text'
import { isDays } from './wishes'

interface Asked {
  /** As it was typed. */
  days: string
  change: (days: string) => void
  hint: string
}

/** For how many days a file is kept; what is no such number stays, and is said to be wrong. */
export function DaysField({ days, change, hint }: Asked) {
  const t = useText()
  return (
    <Field
      label={t.upload.keepDays}
      hint={hint}
      {...(days && !isDays(days) ? { validationMessage: t.upload.noDays } : {})}
    >
      <Input inputMode="numeric" value={days} onChange={(_, { value }) => change(value.trim())} />
    </Field>
  )
}
