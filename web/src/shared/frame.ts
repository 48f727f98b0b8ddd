import { useEffect, useRef, useState } from 'react'

/** A frame in which something is zoomed: how large it is inside, and what Ctrl and the wheel ask for. */
export function useFrame(zoom: (closer: boolean) => void) {
  const frame = useRef<HTMLDivElement>(null)
  const [{ width, height }, setSize] = useState({ width: 600, height: 800 })
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => entry && setSize(entry.contentRect))
    watch.observe(frame.current!)
    return () => watch.disconnect()
  }, [])
  useEffect(() => {
    const element = frame.current!
    const wheel = (event: WheelEvent) => {
      if (!event.ctrlKey) return
      event.preventDefault() // or the browser would zoom the whole page
      zoom(event.deltaY < 0)
    }
    element.addEventListener('wheel', wheel, { passive: false })
    return () => element.removeEventListener('wheel', wheel)
  })
  return { frame, width, height }
}
