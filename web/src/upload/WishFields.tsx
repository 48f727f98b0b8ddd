import {
  Checkbox,
  Field,
  makeStyles,
  Radio,
  RadioGroup,
  Select,
  Textarea,
  tokens,
} from '@fluentui/react-components'
import type { ReactNode } from 'react'
import type { OnDoubt, TextLayerUse, VerifyUse } from '../api/client'
import { useText } from '../text'
import { LanguagePicker, ModelPicker, ReaderPicker, useChosenReader } from './Pickers'
import { asksModel, type Before, type Wishes } from './wishes'

const useStyles = makeStyles({
  wide: { gridColumn: '1 / -1' },
  // As wide as its place, however long an option is.
  reader: { minWidth: 0, width: '100%' },
  choices: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(min(240px, 100%), 1fr))',
    alignItems: 'start',
  },
  hint: {
    display: 'block',
    color: tokens.colorNeutralForeground2,
    fontSize: tokens.fontSizeBase200,
    lineHeight: tokens.lineHeightBase200,
  },
})

interface Asked {
  wishes: Wishes
  change: (wishes: Wishes) => void
  /** What becomes of text layers where nothing is said; null: whatever this Lector is set to. */
  usual: TextLayerUse | null
  /** Where pages are read again: who read them before. */
  before?: Before | undefined
  /** What else is asked for, behind who reads. */
  children?: ReactNode
}

/** How pages are to be read; wishes that exclude each other cannot both be made. */
export function WishFields({ wishes, change, usual, before, children }: Asked) {
  const t = useText()
  const styles = useStyles()
  const disabled = wishes.text_layer === 'always'
  const reader = useChosenReader(wishes, before)
  const lacks = (wish: 'prompt' | 'describe') => reader?.honours[wish] === false
  const hint = disabled ? { hint: t.upload.notWithAlways } : {}
  return (
    <>
      <ReaderPicker wishes={wishes} change={change} before={before} disabled={disabled} />
      <LanguagePicker wishes={wishes} change={change} before={before} />
      <ModelPicker wishes={wishes} change={change} before={before} disabled={disabled} />
      {children}
      <Field className={styles.wide} label={t.upload.prompt} {...hint}>
        <Textarea
          disabled={disabled || lacks('prompt')}
          rows={3}
          value={wishes.prompt ?? ''}
          onChange={(_, { value }) => change({ ...wishes, prompt: value })}
        />
      </Field>
      <Field className={styles.wide} {...hint}>
        <Checkbox
          disabled={disabled || lacks('describe')}
          checked={wishes.describe ?? false}
          label={<Choice name={t.upload.describe} hint={t.upload.describeHint} />}
          onChange={(_, { checked }) => change({ ...wishes, describe: checked === true })}
        />
      </Field>
      <TextLayerChoice wishes={wishes} change={change} usual={usual} />
      <Field label={t.upload.verify} {...hint}>
        <Select
          className={styles.reader}
          disabled={disabled}
          value={wishes.verify ?? ''}
          onChange={(_, { value }) =>
            change({ ...wishes, verify: (value || null) as VerifyUse | null })
          }
        >
          <Options words={t.upload.verifies} />
        </Select>
      </Field>
      <Field label={t.upload.onDoubt} {...hint}>
        <Select
          className={styles.reader}
          disabled={disabled || wishes.verify === 'never'}
          value={wishes.on_doubt ?? ''}
          onChange={(_, { value }) =>
            change({ ...wishes, on_doubt: (value || null) as OnDoubt | null })
          }
        >
          <Options words={t.upload.onDoubts} />
        </Select>
      </Field>
    </>
  )
}

function Options({ words }: { words: Record<string, string> }) {
  return Object.entries(words).map(([value, name]) => (
    <option key={value} value={value}>
      {name}
    </option>
  ))
}

function TextLayerChoice({ wishes, change, usual }: Omit<Asked, 'children'>) {
  const t = useText()
  const styles = useStyles()
  const disabled = asksModel(wishes)
  const { auto, never, always } = t.upload.textLayers
  const choices = { ...(usual ? {} : { '': t.upload.asSetUp }), auto, never, always }
  return (
    <Field
      className={styles.wide}
      label={t.upload.textLayer}
      {...(disabled && { hint: wishes.reader ? t.upload.readerAsked : t.upload.modelAsked })}
    >
      <RadioGroup
        className={styles.choices}
        disabled={disabled}
        value={disabled ? 'never' : (wishes.text_layer ?? usual ?? '')}
        onChange={(_, { value }) =>
          change({ ...wishes, text_layer: (value || null) as TextLayerUse | null })
        }
      >
        {Object.entries(choices).map(([value, { name, hint }]) => (
          <Radio key={value} value={value} label={<Choice name={name} hint={hint} />} />
        ))}
      </RadioGroup>
    </Field>
  )
}

function Choice({ name, hint }: { name: string; hint: string }) {
  const styles = useStyles()
  return (
    <>
      {name} <span className={styles.hint}>{hint}</span>
    </>
  )
}
