import { checkCombinations } from './check.ts';

checkCombinations('points in the plane');
