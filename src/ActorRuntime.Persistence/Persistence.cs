using ActorRuntime.Actor;
using ActorRuntime.Configuration;

namespace ActorRuntime.Persistence;

/// <summary>Makes the <see cref="PersistenceExtension"/> of a system.</summary>
public sealed class Persistence : ExtensionIdProvider<PersistenceExtension>
{
    /// <summary>The only one.</summary>
    public static Persistence Instance { get; } = new();

    /// <summary>Every setting of the runtime at its default, those under <c>actor-runtime.persistence</c> included.</summary>
    public static Config DefaultConfig() => ConfigurationFactory.Default();

    /// <inheritdoc/>
    public override PersistenceExtension CreateExtension(ExtendedActorSystem system) => new(system);
}
