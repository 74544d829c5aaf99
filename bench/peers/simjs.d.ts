/** Of simjs, which comes without types, what the bench uses. */
declare module 'simjs' {
  export interface Request {
    done(task: () => void, self: object): Request;
  }
  export class Entity {
    start(): void;
    time(): number;
    setTimer(delay: number): Request;
    useFacility(facility: Facility, duration: number): Request;
  }
  export class Facility {
    constructor(name: string);
    readonly name: string;
  }
  export class Sim {
    addEntity(kind: typeof Entity): Entity;
    simulate(end: number): boolean;
  }
}
