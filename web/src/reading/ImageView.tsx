import { makeStyles, tokens } from '@fluentui/react-components'
import type { WholePage } from '../api/client'
import { useFrame } from '../shared/frame'
import { lasting, uprightSize, uprightStyle } from '../shared/image'
import { useText } from '../text'
import { sized, zoomed, type View } from './view'

const useStyles = makeStyles({
  frame: {
    overflow: 'auto',
    height: 'calc(100vh - 220px)',
    minHeight: '320px',
    backgroundColor: tokens.colorNeutralBackground3,
    borderRadius: tokens.borderRadiusLarge,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    '@media (max-width: 900px)': { height: '60vh' },
  },
  none: { margin: '16px 20px', color: tokens.colorNeutralForeground2 },
  sheet: { position: 'relative', margin: '0 auto', overflow: 'hidden' },
  turned: { position: 'absolute', left: '50%', top: '50%', containerType: 'size' },
  image: { display: 'block', width: '100%', height: '100%', backgroundColor: '#fff' },
  word: {
    position: 'absolute',
    borderRadius: '2px',
    ':hover': { backgroundColor: 'rgba(18, 144, 143, 0.18)' },
  },
  hit: { backgroundColor: 'rgba(255, 200, 0, 0.45)', outline: '2px solid rgba(190, 110, 0, 0.9)' },
})

interface Shown {
  fileId: string
  page: WholePage
  view: View
  setView: (view: View) => void
}

/** A page's image, upright, zoomed and turned, with a box over each word that was hit. */
export function ImageView({ fileId, page, view, setView }: Shown) {
  const t = useText()
  const styles = useStyles()
  const image = lasting(fileId, page)
  const { frame, width } = useFrame((closer) => setView(zoomed(view, closer ? 1.15 : 1 / 1.15)))
  return (
    <div
      ref={frame}
      className={styles.frame}
      tabIndex={0}
      role="region"
      aria-label={t.reading.image(page.number)}
    >
      {image ? (
        <Sheet page={page} image={image} view={view} room={width} />
      ) : (
        <p className={styles.none}>
          {page.status === 'pending' ? t.reading.noImage : t.reading.neverDrawn}
        </p>
      )}
    </div>
  )
}

interface SheetShown {
  page: WholePage
  image: NonNullable<WholePage['image']>
  view: View
  room: number
}

function Sheet({ page, image, view, room }: SheetShown) {
  const t = useText()
  const styles = useStyles()
  const size = sized(view, uprightSize(image, page.turned_degrees), room)
  const [width, height] = view.turns % 2 ? [size.height, size.width] : [size.width, size.height]
  const turned = `translate(-50%, -50%) rotate(${view.turns * 90}deg)`
  return (
    <div className={styles.sheet} style={size}>
      <div className={styles.turned} style={{ width, height, transform: turned }}>
        <img
          className={styles.image}
          style={uprightStyle(page.turned_degrees)}
          src={image.url}
          alt={t.reading.image(page.number)}
        />
        {page.words?.map((word, index) => (
          <span
            key={index}
            title={word.text}
            className={word.hit ? `${styles.word} ${styles.hit}` : styles.word}
            style={{
              left: `${word.left * 100}%`,
              top: `${word.top * 100}%`,
              width: `${(word.right - word.left) * 100}%`,
              height: `${(word.bottom - word.top) * 100}%`,
            }}
          />
        ))}
      </div>
    </div>
  )
}
