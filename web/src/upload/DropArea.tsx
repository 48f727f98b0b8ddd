import {
  Accordion,
  AccordionHeader,
  AccordionItem,
  AccordionPanel,
  Button,
  Field,
  Input,
  makeStyles,
  mergeClasses,
  Text,
  Textarea,
  tokens,
} from '@fluentui/react-components'
import { DocumentAddRegular } from '@fluentui/react-icons'
import { useEffect, useRef, useState, type ChangeEvent } from 'react'
import { useText } from '../text'
import { useUploads } from './Uploads'
import { dropped, sorted } from './walk'

const useStyles = makeStyles({
  area: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    justifyContent: 'center',
    gap: '10px 16px',
    padding: '18px',
    marginBottom: '16px',
    border: `2px dashed ${tokens.colorNeutralStroke1}`,
    borderRadius: tokens.borderRadiusXLarge,
    backgroundColor: tokens.colorNeutralBackground1,
  },
  large: { padding: '56px 18px', flexDirection: 'column' },
  over: {
    border: `2px dashed ${tokens.colorBrandStroke1}`,
    backgroundColor: tokens.colorBrandBackground2,
  },
  icon: { fontSize: '32px', color: tokens.colorBrandForeground1 },
  options: { flexBasis: '100%', maxWidth: '900px', margin: '0 auto' },
  fields: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(220px, 1fr))',
    gap: '12px',
    textAlign: 'left',
  },
  hidden: { display: 'none' },
})

/** Where PDFs are dropped or chosen; they may be dropped anywhere on the page. */
export function DropArea({ large }: { large: boolean }) {
  const t = useText()
  const styles = useStyles()
  const { take, skipped } = useUploads()
  const over = useDrop()
  const files = useRef<HTMLInputElement>(null)
  const folder = useRef<HTMLInputElement>(null)
  const chosen = (event: ChangeEvent<HTMLInputElement>) => {
    take(sorted([...(event.target.files ?? [])]))
    event.target.value = ''
  }
  return (
    <div className={mergeClasses(styles.area, large && styles.large, over && styles.over)}>
      <DocumentAddRegular className={styles.icon} aria-hidden />
      <Text size={large ? 500 : 400}>{over ? t.files.dropNow : t.files.drop}</Text>
      <div>
        <Button appearance="primary" onClick={() => files.current?.click()}>
          {t.files.choose}
        </Button>{' '}
        <Button onClick={() => folder.current?.click()}>{t.files.chooseFolder}</Button>
      </div>
      <input
        ref={files}
        className={styles.hidden}
        type="file"
        accept=".pdf,application/pdf"
        multiple
        onChange={chosen}
        data-testid="files"
      />
      <input
        ref={folder}
        className={styles.hidden}
        type="file"
        onChange={chosen}
        {...{ webkitdirectory: '' }}
      />
      {skipped > 0 && <Text role="status">{t.files.skipped(skipped)}</Text>}
      <Options />
    </div>
  )
}

/** Takes what is dropped anywhere; tells whether something is held over the page. */
function useDrop(): boolean {
  const [over, setOver] = useState(false)
  const { take } = useUploads()
  useEffect(() => {
    const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
    const hold = (event: DragEvent) => {
      if (!holdsFiles(event)) return
      event.preventDefault()
      setOver(true)
    }
    const leave = (event: DragEvent) => event.relatedTarget === null && setOver(false)
    const drop = (event: DragEvent) => {
      if (!holdsFiles(event)) return
      event.preventDefault()
      setOver(false)
      void dropped(event.dataTransfer!).then(take)
    }
    addEventListener('dragover', hold)
    addEventListener('dragleave', leave)
    addEventListener('drop', drop)
    return () => {
      removeEventListener('dragover', hold)
      removeEventListener('dragleave', leave)
      removeEventListener('drop', drop)
    }
  }, [take])
  return over
}

function Options() {
  const t = useText()
  const styles = useStyles()
  const { reading, setReading } = useUploads()
  const field = (name: 'pages' | 'language' | 'model', label: string) => (
    <Field label={label}>
      <Input
        value={reading[name] ?? ''}
        onChange={(_, { value }) => setReading({ ...reading, [name]: value.trim() })}
      />
    </Field>
  )
  return (
    <Accordion collapsible className={styles.options}>
      <AccordionItem value="options">
        <AccordionHeader size="small">{t.upload.options}</AccordionHeader>
        <AccordionPanel>
          <div className={styles.fields}>
            {field('pages', t.upload.pages)}
            {field('language', t.upload.languageOption)}
            {field('model', t.upload.model)}
            <Field label={t.upload.prompt}>
              <Textarea
                value={reading.prompt ?? ''}
                onChange={(_, { value }) => setReading({ ...reading, prompt: value })}
              />
            </Field>
          </div>
        </AccordionPanel>
      </AccordionItem>
    </Accordion>
  )
}
