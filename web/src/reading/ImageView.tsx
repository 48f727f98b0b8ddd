import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components'
import { memo, type PointerEvent, useEffect, useMemo, useRef, useState } from 'react'
import type { WholePage } from '../api/client'
import { useFrame } from '../shared/frame'
import { lasting, uprightSize, uprightStyle } from '../shared/image'
import { useText } from '../text'
import { DIFFERENCES, ON_IMAGE } from './marks'
import { PANE, reveal } from './reveal'
import { outline, type Side, type Spot, spotUnder, unturned } from './spots'
import { sized, zoomed, type View } from './view'

const useStyles = makeStyles({
  frame: {
    flex: '1 1 0',
    boxSizing: 'border-box',
    overflow: 'auto',
    scrollbarGutter: 'stable',
    scrollbarWidth: 'thin',
    backgroundColor: tokens.colorNeutralBackground3,
    borderRadius: tokens.borderRadiusLarge,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  none: { margin: '16px 20px', color: tokens.colorNeutralForeground2 },
  sheet: { position: 'relative', margin: '0 auto', overflow: 'hidden' },
  turned: { position: 'absolute', left: '50%', top: '50%', containerType: 'size' },
  image: { display: 'block', width: '100%', height: '100%', backgroundColor: '#fff' },
  marks: {
    position: 'absolute',
    inset: 0,
    width: '100%',
    height: '100%',
    overflow: 'visible',
    pointerEvents: 'none',
    mixBlendMode: 'multiply', // what is printed below stays black
  },
  word: {
    position: 'absolute',
    borderRadius: '2px',
    pointerEvents: 'none',
    mixBlendMode: 'multiply',
  },
  hit: { backgroundColor: 'rgba(255, 200, 0, 0.45)', outline: '2px solid rgba(190, 110, 0, 0.9)' },
  under: { backgroundColor: 'rgba(18, 144, 143, 0.18)' },
  chosen: {
    outline: '3px solid #0b6b6b',
    outlineOffset: '2px',
    boxShadow: '0 0 0 8px rgba(18, 144, 143, 0.35)',
  },
})

interface Shown {
  fileId: string
  page: WholePage
  view: View
  setView: (view: View) => void
  spots: Spot[]
  chosen: Spot | null
  /** Where that was chosen; what was clicked on the image is in view already. */
  from?: Side | null
  choose: (spot: Spot | null, from: Side) => void
}

/** A page's image, upright, zoomed and turned, with marks over hits and over what readers differ on. */
export function ImageView({ fileId, page, view, setView, ...shown }: Shown) {
  const t = useText()
  const styles = useStyles()
  const image = lasting(fileId, page)
  const { frame, width, height } = useFrame((closer) =>
    setView(zoomed(view, closer ? 1.15 : 1 / 1.15)),
  )
  return (
    <div
      ref={frame}
      className={styles.frame}
      {...PANE}
      tabIndex={0}
      role="region"
      aria-label={t.reading.image(page.number)}
    >
      {image ? (
        <Sheet
          page={page}
          image={image}
          view={view}
          room={{ width, height: height - 1 }}
          {...shown}
        />
      ) : (
        <p className={styles.none}>
          {page.status === 'pending' ? t.reading.noImage : t.reading.neverDrawn}
        </p>
      )}
    </div>
  )
}

interface SheetShown extends Pick<Shown, 'page' | 'view' | 'spots' | 'chosen' | 'from' | 'choose'> {
  image: NonNullable<WholePage['image']>
  room: { width: number; height: number }
}

function Sheet({ page, image, view, room, spots, chosen, from, choose }: SheetShown) {
  const t = useText()
  const styles = useStyles()
  const [under, setUnder] = useState<Spot | null>(null)
  const size = sized(view, uprightSize(image, page.turned_degrees), room)
  const [width, height] = view.turns % 2 ? [size.height, size.width] : [size.width, size.height]
  const turned = `translate(-50%, -50%) rotate(${view.turns * 90}deg)`
  const at = ({ currentTarget, clientX, clientY }: PointerEvent | React.MouseEvent) => {
    const { left, top, width, height } = currentTarget.getBoundingClientRect()
    const place = unturned((clientX - left) / width, (clientY - top) / height, view.turns)
    return spotUnder(spots, ...place)
  }
  return (
    <div className={styles.sheet} style={size}>
      <div
        className={styles.turned}
        style={{ width, height, transform: turned, cursor: under ? 'pointer' : undefined }}
        onPointerMove={(event) => setUnder(at(event))}
        onPointerLeave={() => setUnder(null)}
        onClick={(event) => choose(at(event), 'image')}
      >
        <img
          className={styles.image}
          style={uprightStyle(page.turned_degrees)}
          src={image.url}
          alt={t.reading.image(page.number)}
          title={under ? under.text || (under.other ?? '') : undefined}
        />
        <Differences spots={spots} />
        {page.words?.map(
          ({ hit, text, boxes }, index) =>
            hit &&
            boxes.map((box, piece) => (
              <span
                key={`${index} ${piece}`}
                title={text}
                className={mergeClasses(styles.word, styles.hit)}
                style={placed(box)}
              />
            )),
        )}
        {under?.boxes.map((box, index) => (
          <span
            key={index}
            className={mergeClasses(styles.word, styles.under)}
            style={placed(box)}
          />
        ))}
        {chosen && <Chosen spot={chosen} isInView={from === 'image'} />}
      </div>
    </div>
  )
}

/** One shape for each kind of difference, however many there are. */
const Differences = memo(function Differences({ spots }: { spots: Spot[] }) {
  const styles = useStyles()
  const shapes = useMemo(
    () => DIFFERENCES.map((kind) => outline(spots.filter((spot) => spot.kind === kind))),
    [spots],
  )
  return (
    <svg className={styles.marks} viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden>
      {DIFFERENCES.map((kind, index) => {
        const { fill, stroke, dashes } = ON_IMAGE[kind]
        return (
          shapes[index] && (
            <path
              key={kind}
              data-kind={kind}
              d={shapes[index]}
              fill={fill}
              stroke={stroke}
              strokeWidth={1.5}
              strokeDasharray={dashes}
              vectorEffect="non-scaling-stroke"
            />
          )
        )
      })}
    </svg>
  )
})

/** The chosen word, which comes into view. */
function Chosen({ spot, isInView }: { spot: Spot; isInView: boolean }) {
  const styles = useStyles()
  const first = useRef<HTMLSpanElement>(null)
  useEffect(() => {
    if (!isInView) reveal(first.current)
  }, [spot, isInView])
  return spot.boxes.map((box, index) => (
    <span
      key={index}
      ref={index ? undefined : first}
      data-testid="chosen"
      className={mergeClasses(styles.word, styles.chosen)}
      style={placed(box)}
    />
  ))
}

const placed = ([left = 0, top = 0, right = 0, bottom = 0]: number[]) => ({
  left: `${left * 100}%`,
  top: `${top * 100}%`,
  width: `${(right - left) * 100}%`,
  height: `${(bottom - top) * 100}%`,
})
