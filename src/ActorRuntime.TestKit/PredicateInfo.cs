namespace ActorRuntime.TestKit;

/// <summary>A predicate together with the type of messages it judges; for <c>ExpectMsgAllOfMatchingPredicates</c>.</summary>
public sealed class PredicateInfo
{
    private readonly Func<object, bool> _holds;

    private PredicateInfo(Type type, Func<object, bool> holds) => (Type, _holds) = (type, holds);

    /// <summary>Messages of other types do not match.</summary>
    public Type Type { get; }

    /// <summary>By predicate.</summary>
    public static PredicateInfo Create<T>(Predicate<T> predicateT)
    {
        ArgumentNullException.ThrowIfNull(predicateT);
        return new PredicateInfo(typeof(T), message => message is T typed && predicateT(typed));
    }

    internal bool Holds(object message) => _holds(message);
}

/// <summary>Predicates as <see cref="PredicateInfo"/>.</summary>
public static class PredicateInfoFactory
{
    /// <inheritdoc cref="PredicateInfo.Create"/>
    public static PredicateInfo CreatePredicateInfo<T>(this Predicate<T> predicateT) => PredicateInfo.Create(predicateT);
}
