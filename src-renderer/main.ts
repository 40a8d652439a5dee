/** Starts the window. */
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { useLab } from './stores/lab.ts'
import { usePreferences } from './stores/preferences.ts'
import { useSession } from './stores/session.ts'
import './style/tokens.css'
import './style/base.css'
import './style/dialogs.css'
import './style/fields.css'
import { connectLab } from './transport/connect.ts'
import { desktopBridge } from './transport/desktop-bridge.ts'

const app = createApp(App).use(createPinia())
// The theme is on the root before anything is drawn.
usePreferences()
app.mount('#app')
const lab = useLab()
// The desktop loads its window again when it has started the lab again.
await lab.connect(connectLab, { retrying: desktopBridge() === null })
// A window that is opened again finds the run that it left.
const [run] = lab.running
if (run) await useSession().open(run.session)
