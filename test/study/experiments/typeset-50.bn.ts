import { typeset } from './pairs.ts';

export default typeset(50);
