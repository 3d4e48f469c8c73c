// The same stories over the browser's own BroadcastChannel.
import './tab-channel.test.ts';
