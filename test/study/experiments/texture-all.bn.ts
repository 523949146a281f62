import { texture } from './pairs.ts';

export default texture('all');
