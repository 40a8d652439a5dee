/** Loads ONNX Runtime before anything is asked, so that an idle worker's size includes it and its telemetry is off. */
export async function loadRuntime(): Promise<void> {
  process.env['ORT_DISABLE_TELEMETRY'] = '1'
  await import('onnxruntime-node')
}
