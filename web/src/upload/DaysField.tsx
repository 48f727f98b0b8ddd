import { Field, Input } from '@fluentui/react-components'
import { useText } from '../text'
import { isDays } from './wishes'

interface Asked {
  /** Digits, or nothing. */
  days: string
  change: (days: string) => void
  hint: string
}

/** For how many days a file is kept; nothing but a number can be typed. */
export function DaysField({ days, change, hint }: Asked) {
  const t = useText()
  return (
    <Field
      label={t.upload.keepDays}
      hint={hint}
      {...(days && !isDays(days) ? { validationMessage: t.upload.noDays } : {})}
    >
      <Input
        inputMode="numeric"
        maxLength={5}
        value={days}
        onChange={(_, { value }) => change(value.replace(/\D/g, ''))}
      />
    </Field>
  )
}
