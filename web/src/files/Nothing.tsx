import { Button, makeStyles, Text, tokens } from '@fluentui/react-components'
import { CopyButton } from '../shared/CopyButton'
import { useText } from '../text'

const useStyles = makeStyles({
  elsewhere: {
    maxWidth: '760px',
    margin: '28px auto 0',
    display: 'flex',
    flexDirection: 'column',
    gap: '10px',
  },
  words: { color: tokens.colorNeutralForeground2 },
  line: { display: 'flex', gap: '8px', alignItems: 'center' },
  command: {
    flexGrow: 1,
    margin: 0,
    padding: '10px 14px',
    overflowX: 'auto',
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    fontFamily: tokens.fontFamilyMonospace,
  },
  none: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    gap: '12px',
    padding: '48px',
  },
})

/** What one could type in place of dropping a file. */
export function Elsewhere() {
  const t = useText()
  const styles = useStyles()
  const commands = [
    `curl -F file=@document.pdf ${location.origin}/v1/files`,
    'lector ocr document.pdf',
  ]
  return (
    <div className={styles.elsewhere}>
      <Text className={styles.words}>{t.files.elsewhere}</Text>
      {commands.map((command) => (
        <div key={command} className={styles.line}>
          <pre className={styles.command} tabIndex={0}>
            {command}
          </pre>
          <CopyButton text={command} />
        </div>
      ))}
    </div>
  )
}

export function NothingFits({ clear }: { clear: () => void }) {
  const t = useText()
  return (
    <div className={useStyles().none}>
      <Text size={400}>{t.files.none}</Text>
      <Button onClick={clear}>{t.files.clear}</Button>
    </div>
  )
}
