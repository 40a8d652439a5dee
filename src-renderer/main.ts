/** Starts the window. */
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { useLab } from './stores/lab.ts'
import { usePreferences } from './stores/preferences.ts'
import './style/tokens.css'
import './style/base.css'
import './style/dialogs.css'
import './style/fields.css'
import { connectLab } from './transport/connect.ts'

const app = createApp(App).use(createPinia())
// The theme is on the root before anything is drawn.
usePreferences()
app.mount('#app')
await useLab().connect(connectLab)
