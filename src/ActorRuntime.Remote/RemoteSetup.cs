using ActorRuntime.Actor.Setup;

namespace ActorRuntime.Remote;

/// <summary>Makes an actor system reachable by others.</summary>
/// <param name="options">Settings; null reads <c>actor-runtime.remote</c> of the system's configuration, whose defaults listen on a free port of 127.0.0.1.</param>
/// <param name="uid">Incarnation of this system, not 0; null draws one. The cluster layer hands in the one its membership knows.</param>
public sealed class RemoteSetup(RemoteOptions? options = null, long? uid = null) : Setup
{
    /// <summary>Settings; null when the configuration has them.</summary>
    public RemoteOptions? Options { get; } = options?.Validated();

    /// <summary>Incarnation of this system; null draws one at start.</summary>
    public long? Uid { get; } = uid is 0 ? throw new ArgumentOutOfRangeException(nameof(uid), "0 stands for 'unknown'") : uid;
}

/// <summary>Adds remoting to the setups of a system.</summary>
public static class RemoteSetupExtensions
{
    /// <summary>With remoting. The system listens once it is created; a port that is taken makes its creation fail.</summary>
    public static ActorSystemSetup WithRemoting(this ActorSystemSetup setup, RemoteSetup? remote = null)
    {
        var wanted = remote ?? new RemoteSetup();
        return setup.WithSetup(wanted).WithSetup(new ActorRefProviderSetup(system => new RemoteActorRefProvider(system.Name, wanted)));
    }

    /// <summary>With remoting on <paramref name="port"/> of <paramref name="host"/>.</summary>
    public static ActorSystemSetup WithRemoting(this ActorSystemSetup setup, string host, int port, long? uid = null) =>
        setup.WithRemoting(new RemoteSetup(new RemoteOptions { Hostname = host, Port = port }, uid));
}
