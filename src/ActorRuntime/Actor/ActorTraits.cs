using System.Collections.Concurrent;
using ActorRuntime.Dispatch;

namespace ActorRuntime.Actor;

/// <summary>What the runtime has to know of an actor class; found by reflection once per class.</summary>
/// <param name="NeedsAroundReceive">False for most: then a message reaches the actor without a delegate in between.</param>
/// <param name="RequiredQueue">What <see cref="IRequiresMessageQueue{T}"/> asks for; null for most.</param>
internal sealed record ActorTraits(bool NeedsAroundReceive, Type? RequiredQueue)
{
    private static readonly ConcurrentDictionary<Type, ActorTraits> Known = [];

    public static ActorTraits Of(Type type) => Known.GetOrAdd(type, static type => new(
        OverridesAround(type) || typeof(ILogReceive).IsAssignableFrom(type),
        RequiredBy(type)));

    private static bool OverridesAround(Type type) =>
        type.GetMethod(nameof(ActorBase.AroundReceive), Reflection.Instance, [typeof(Receive), typeof(object)])?.DeclaringType != typeof(ActorBase);

    private static Type? RequiredBy(Type type)
    {
        var required = type.GetInterfaces()
            .Where(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IRequiresMessageQueue<>))
            .Select(i => i.GetGenericArguments()[0])
            .ToArray();
        return required.Length <= 1 ? required.FirstOrDefault() : throw new ArgumentException($"{type} requires several mailboxes: {string.Join(", ", (object[])required)}");
    }
}
