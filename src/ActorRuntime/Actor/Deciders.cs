namespace ActorRuntime.Actor;

/// <summary>Makes deciders.</summary>
public static class Decider
{
    /// <summary>From a function.</summary>
    public static LocalOnlyDecider From(Func<Exception, Directive> localOnlyDecider) => new(localOnlyDecider);

    /// <summary>From a table: the first pair whose type is the exception's or a base of it.</summary>
    public static DeployableDecider From(Directive defaultDirective, params KeyValuePair<Type, Directive>[] pairs) => new(defaultDirective, pairs);

    /// <inheritdoc cref="From(Directive, KeyValuePair{Type, Directive}[])"/>
    public static DeployableDecider From(Directive defaultDirective, IEnumerable<KeyValuePair<Type, Directive>> pairs) => new(defaultDirective, [.. pairs]);
}

/// <summary>A function as decider.</summary>
/// <param name="decider">Chooses by exception.</param>
public sealed class LocalOnlyDecider(Func<Exception, Directive> decider) : IDecider
{
    /// <inheritdoc/>
    public Directive Decide(Exception cause) => decider(cause);
}

/// <summary>A table as decider.</summary>
/// <param name="defaultDirective">For exceptions without an entry.</param>
/// <param name="pairs">Tried in order.</param>
public sealed class DeployableDecider(Directive defaultDirective, params KeyValuePair<Type, Directive>[] pairs) : IDecider
{
    /// <summary>For exceptions without an entry.</summary>
    public Directive DefaultDirective { get; } = defaultDirective;

    /// <summary>Tried in order.</summary>
    public KeyValuePair<Type, Directive>[] Pairs { get; } = pairs;

    /// <inheritdoc/>
    public Directive Decide(Exception cause)
    {
        foreach (var (type, directive) in Pairs)
        {
            if (type.IsInstanceOfType(cause)) return directive;
        }

        return DefaultDirective;
    }
}

/// <summary>Builds entries of a <see cref="DeployableDecider"/>.</summary>
public static class DirectiveExtensions
{
    /// <summary>This directive for <typeparamref name="TException"/>.</summary>
    public static KeyValuePair<Type, Directive> When<TException>(this Directive self)
        where TException : Exception => new(typeof(TException), self);
}
