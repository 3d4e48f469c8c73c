/** The one way a component reaches the clients: set once by the root layout, read by the reactive edge. */
import { createContext } from 'svelte';
import type { AppClients } from './clients.ts';

export const [getClients, setClients] = createContext<AppClients>();
