using System.Collections.Immutable;
using ActorRuntime.Util;

namespace ActorRuntime.Actor.Setup;

/// <summary>Programmatic settings of one concern. At most one of each class takes part.</summary>
public abstract class Setup
{
    /// <summary>Both.</summary>
    public ActorSystemSetup And(Setup other) => ActorSystemSetup.Create(this, other);
}

/// <summary>The setups an actor system starts with. Immutable.</summary>
public sealed class ActorSystemSetup
{
    /// <summary>None.</summary>
    public static readonly ActorSystemSetup Empty = new(ImmutableDictionary<Type, Setup>.Empty);

    private readonly ImmutableDictionary<Type, Setup> _setups;

    private ActorSystemSetup(ImmutableDictionary<Type, Setup> setups) => _setups = setups;

    /// <summary>These; of one class the last.</summary>
    public static ActorSystemSetup Create(params Setup[] setup) => setup.Aggregate(Empty, (all, each) => new ActorSystemSetup(all._setups.SetItem(each.GetType(), each)));

    /// <summary>The setup of class <typeparamref name="T"/>.</summary>
    public Option<T> Get<T>()
        where T : Setup => _setups.TryGetValue(typeof(T), out var setup) ? new Option<T>((T)setup) : Option<T>.None;

    /// <summary>With <paramref name="setup"/> in place of another one of its class.</summary>
    public ActorSystemSetup WithSetup<T>(T setup)
        where T : Setup => new(_setups.SetItem(typeof(T), setup));

    /// <inheritdoc cref="WithSetup{T}"/>
    public ActorSystemSetup And<T>(T setup)
        where T : Setup => WithSetup(setup);
}
