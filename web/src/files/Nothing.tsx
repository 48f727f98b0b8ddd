import { Button, makeStyles, Text, tokens } from '@fluentui/react-components'
import { useText } from '../text'

const useStyles = makeStyles({
  welcome: { display: 'block', margin: '0 0 16px' },
  commands: {
    margin: '8px 0 20px',
    padding: '12px 16px',
    overflowX: 'auto',
    backgroundColor: tokens.colorNeutralBackground3,
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

/** The first thing that is seen in a new Lector. */
export function Welcome() {
  const t = useText()
  const styles = useStyles()
  return (
    <>
      <Text size={400} className={styles.welcome}>
        {t.files.welcome} {t.files.elsewhere}
      </Text>
      <pre className={styles.commands} tabIndex={0}>
        {`curl -F file=@document.pdf ${location.origin}/v1/files\nlector ocr document.pdf`}
      </pre>
    </>
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
