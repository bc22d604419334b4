import { Loading } from '../../kit/pane/bone.tsx'
import { Pane } from '../../kit/pane/frame.tsx'
import { Screen } from '../parts/screen.tsx'

/** The frame is there at once; its pane waits for the server's first word. */
export function Waiting() {
  return (
    <Screen guide="screen.waiting" title={document.title} layout="single">
      <Pane guide="waiting" aria-busy="true">
        <Loading />
      </Pane>
    </Screen>
  )
}
