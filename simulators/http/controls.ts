import type { Clock } from './clock.ts';
import type { DeliveryFaults, DeliveryNetwork } from './delivery-network.ts';
import type { DescriptionCheck } from './description.ts';
import type { Fault, FaultQueue } from './faults.ts';
import type { RequestLog } from './request-log.ts';
import type { Latency } from './under-fault.ts';

/** The part of a simulator that its requests pass through, whoever the vendor is. */
export interface CommonDesk<Limits = never> {
  limits: { set(limits: Limits): void };
  faults: FaultQueue;
  log: RequestLog;
  /** Undefined: nothing is held against a description. */
  check: DescriptionCheck | undefined;
  latency: Latency;
}

/** What a test or an operator can do to every simulator. `leaks`: counted where files are served. */
export function commonControls<Settings extends object, Limits, Delivery, DeliverySettings extends { timeoutMs: number }>(
  { clock, settings }: { clock: Clock; settings: Settings },
  desk: CommonDesk<Limits>,
  deliveries: DeliveryNetwork<Delivery, DeliverySettings>,
  leaks: { count: number },
) {
  return {
    // Time
    now: () => clock.now(),
    advance: (ms: number) => clock.advance(ms),
    freeze: (at?: number) => clock.freeze(at),
    thaw: () => clock.thaw(),
    setSettings: (changes: Partial<Settings>) => void Object.assign(settings, changes),

    // Trouble
    fault: (fault: Fault) => desk.faults.add(fault),
    addFault: (fault: Fault) => desk.faults.add(fault),
    clearFaults: () => desk.faults.clear(),
    pendingFaults: () => desk.faults.pending(),
    setLatency: (fixedMs: number, jitterMs = 0) => {
      desk.latency = { fixedMs, jitterMs };
    },
    setLimits: (limits: Limits) => desk.limits.set(limits),
    webhookFault: (faults: DeliveryFaults) => deliveries.fault(faults),
    releaseWebhooks: () => deliveries.release(),
    setDeliveries: (changes: Partial<DeliverySettings>) => deliveries.set(changes),

    // What happened
    requests: (filter?: { method?: string; path?: string }) => desk.log.list(filter),
    clearRequests: () => desk.log.clear(),
    deliveries: () => deliveries.list(),
    clearDeliveries: () => deliveries.clear(),
    /** Resolves when no webhook is on its way any more. */
    settled: () => deliveries.settled(),
    /** How often credentials were sent to the origin of the files, where they do not belong. */
    leaks: () => leaks.count,
    violations: () => desk.check?.violations() ?? [],
    validation: () => desk.check?.summary() ?? null,
  };
}
