import { Button } from '@fluentui/react-components'
import { CheckmarkCircleRegular } from '@fluentui/react-icons'
import type { WholePage } from '../api/client'
import { useActions } from '../api/queries'
import { Problem } from '../shared/States'
import { useText } from '../text'

/** Whether a reader, or the page itself, has told the text: what a person wrote stands for itself. */
export const canBeVerified = ({ provenance }: Pick<WholePage, 'provenance'>) =>
  provenance !== null && ['model', 'cache', 'text_layer', 'mixed'].includes(provenance)

/** Has a page's text held against a second reader; what comes of it is shown when it is there. */
export function Verify({ id, page }: { id: string; page: WholePage }) {
  const t = useText()
  const { verify } = useActions()
  const goesOn = verify.isPending || page.being_verified
  return (
    <>
      <Button
        icon={<CheckmarkCircleRegular />}
        title={t.reading.verifyHint}
        disabled={verify.isPending}
        onClick={() => verify.mutate({ id, pages: String(page.number) })}
      >
        {goesOn ? t.reading.verifying : t.reading.verify}
      </Button>
      {verify.error && <Problem error={verify.error} />}
    </>
  )
}
