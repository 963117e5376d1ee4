namespace ActorRuntime.Actor;

/// <summary>Marks actors that log each message they receive, handled or not, while <c>actor-runtime.actor.debug.receive</c> is on.</summary>
public interface ILogReceive;
