using System.Linq.Expressions;
using System.Reflection;

namespace ActorRuntime.Actor;

/// <summary>Calls the one constructor that takes the arguments.</summary>
internal sealed class ConstructorProducer : IIndirectActorProducer
{
    private readonly ConstructorInvoker _constructor;
    private readonly object?[] _arguments;

    public ConstructorProducer(Type type, object?[] arguments)
    {
        ActorType = type;
        var fitting = type.GetConstructors(Reflection.Instance).Where(c => Fits(c.GetParameters(), arguments)).ToArray();
        var exact = fitting.Where(c => c.GetParameters().Length == arguments.Length).ToArray();
        var candidates = exact.Length > 0 ? exact : fitting;
        if (candidates.Length != 1)
        {
            var types = string.Join(", ", arguments.Select(a => a?.GetType().Name ?? "null"));
            throw new ArgumentException($"{type} has {(candidates.Length == 0 ? "no constructor" : "several constructors")} for the arguments ({types})");
        }

        var parameters = candidates[0].GetParameters();
        _constructor = ConstructorInvoker.Create(candidates[0]);
        _arguments = [.. arguments, .. parameters.Skip(arguments.Length).Select(p => p.DefaultValue)];
    }

    public Type ActorType { get; }

    public ActorBase Produce() => (ActorBase)_constructor.Invoke(_arguments.AsSpan());

    private static bool Fits(ParameterInfo[] parameters, object?[] arguments)
    {
        if (parameters.Length < arguments.Length || parameters.Skip(arguments.Length).Any(p => !p.HasDefaultValue)) return false;
        for (var i = 0; i < arguments.Length; i++)
        {
            var type = parameters[i].ParameterType;
            var fits = arguments[i] is { } argument ? type.IsInstanceOfType(argument) : !type.IsValueType || Nullable.GetUnderlyingType(type) is not null;
            if (!fits) return false;
        }

        return true;
    }
}

/// <summary>What props need of reflection.</summary>
internal static class Reflection
{
    public const BindingFlags Instance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>Value of an expression without parameters.</summary>
    public static object? Evaluate(Expression expression) => expression switch
    {
        ConstantExpression constant => constant.Value,
        MemberExpression { Member: FieldInfo field, Expression: { } target } => field.GetValue(Evaluate(target)),
        _ => Expression.Lambda<Func<object?>>(Expression.Convert(expression, typeof(object))).Compile(preferInterpretation: true)(),
    };
}
