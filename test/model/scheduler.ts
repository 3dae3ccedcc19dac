/** One job of a node, stopped at a gate: at each of them a human may act, a message arrive, or the process die. */
export interface Task {
  readonly node: string;
  readonly key: string;
  readonly label: string;
  done: boolean;
}

interface Running extends Task {
  go: (() => void) | null;
  arrived: () => void;
}

/** Lets exactly one job go on at a time, from one gate to the next, so that a history is repeatable. */
export class Scheduler {
  private tasks: Running[] = [];
  private current: Running | null = null;
  /** Without tasks (quiet rounds, direct calls) gates are open. */
  readonly gate = (): Promise<void> => {
    const task = this.current;
    if (!task) return Promise.resolve();
    return new Promise((go) => {
      task.go = go;
      task.arrived();
    });
  };

  get waiting(): readonly Task[] {
    return this.tasks;
  }

  busy(node: string, key: string): boolean {
    return this.tasks.some((task) => task.node === node && task.key === key);
  }

  /** Starts a job and runs it to its first gate. An error of the job is the history's failure. */
  async start(node: string, key: string, label: string, job: () => Promise<unknown>): Promise<void> {
    const task: Running = { node, key, label, done: false, go: null, arrived: () => {} };
    this.tasks.push(task);
    await this.until(task, () => {
      job().then(
        () => this.finish(task),
        (error: unknown) => this.finish(task, error),
      );
    });
  }

  async step(which: Task): Promise<void> {
    const task = which as Running;
    const go = task.go;
    if (!go) throw new Error(`The job ${task.key} waits for something that is not a gate.`);
    await this.until(task, () => {
      task.go = null;
      go();
    });
  }

  /** The node's process dies: its jobs never go on. */
  crash(node: string): void {
    this.tasks = this.tasks.filter((task) => task.node !== node);
  }

  private error: unknown = null;
  private finish(task: Running, error?: unknown): void {
    task.done = true;
    this.tasks = this.tasks.filter((other) => other !== task);
    if (error !== undefined) this.error = error;
    task.arrived();
  }

  private async until(task: Running, begin: () => void): Promise<void> {
    const outer = this.current;
    const arrival = new Promise<void>((resolve) => {
      task.arrived = resolve;
    });
    this.current = task;
    begin();
    await arrival;
    this.current = outer;
    if (this.error !== null) {
      const { error } = this;
      this.error = null;
      throw error;
    }
  }
}
