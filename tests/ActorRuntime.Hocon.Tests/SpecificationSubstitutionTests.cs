using Xunit;

namespace ActorRuntime.Configuration.Tests;

/// <summary>The rules of HOCON's substitutions, one line each: a text and the JSON it means, or a part of the refusal.</summary>
[Trait("Requirement", "AR-6")]
public sealed class SpecificationSubstitutionTests
{
    private static readonly HoconOptions Surroundings = new()
    {
        Environment = name => name switch { "HOME" => "/root", "EMPTY" => "", "N" => "7", _ => null },
        Fallback = ConfigurationFactory.ParseString("defaults { port = 1, host = h }, list = [0], HOME_KEY = null"),
    };

    [Theory]
    [InlineData("a=1,b=${a}", "{a:1,b:1}")]
    [InlineData("b=${a},a=1", "{b:1,a:1}")]
    [InlineData("a=1,b=${a},a=2", "{a:2,b:2}")]
    [InlineData("a{x=1},b=${a},a{y=2}", "{a:{x:1,y:2},b:{x:1,y:2}}")]
    [InlineData("a.b=1,c=${a.b}", "{a:{b:1},c:1}")]
    [InlineData("\"a.b\"=1,c=${\"a.b\"}", "{a.b:1,c:1}")]
    [InlineData("\"a}b\"=1,c=${\"a}b\"}", "{a}b:1,c:1}")]
    [InlineData("\"a\\\"b\"=1,c=${\"a\\\"b\"}", "{a\"b:1,c:1}")]
    [InlineData("a b=1,c=${a b}", "{a b:1,c:1}")]
    [InlineData("a=1,c=${ a }", "{a:1,c:1}")]
    [InlineData("a=[1,{x=2}],b=${a}", "{a:[1,{x:2}],b:[1,{x:2}]}")]
    [InlineData("a=null,b=${a}", "{a:null,b:null}")]
    [InlineData("a=1,b=\"${a}\"", "{a:1,b:${a}}")]
    [InlineData("a=1,b=[${a},${a}]", "{a:1,b:[1,1]}")]
    [InlineData("a=1,b=[{c=${a}}]", "{a:1,b:[{c:1}]}")]
    [InlineData("b=${a}", "!${a}: no such key")]
    [InlineData("b=${a.b.c}", "!${a.b.c}: no such key")]
    [InlineData("a=1,b=${a.x}", "!${a.x}: no such key")]
    [InlineData("b=${}", "!a name before")]
    [InlineData("b=${a..b}", "!a name before")]
    [InlineData("b=${a${c}}", "!'$' is not allowed")]
    [InlineData("b=${ ?a}", "!'?' is not allowed")]
    [InlineData("b=$ {a}", "!'$' is only known")]
    [InlineData("b=${a", "!without }")]
    [InlineData("b=${a\n}", "!without }")]
    public void Substitution_is_the_final_value_of_a_path(string hocon, string meaning) => Holds(hocon, meaning);

    [Theory]
    [InlineData("a=${?x}", "{}")]
    [InlineData("a=1,a=${?x}", "{a:1}")]
    [InlineData("a{b=1},a=${?x}", "{a:{b:1}}")]
    [InlineData("a=1,x=2,a=${?x}", "{a:2,x:2}")]
    [InlineData("a{b=1},x=2,a=${?x}", "{a:2,x:2}")]
    [InlineData("a=[1,${?x},2]", "{a:[1,2]}")]
    [InlineData("a=${?x}b", "{a:b}")]
    [InlineData("a=${?x} b", "{a: b}")]
    [InlineData("a=p${?x}q", "{a:pq}")]
    [InlineData("a=${?x}${?y}", "{}")]
    [InlineData("a=${?x} [1]", "{a:[1]}")]
    [InlineData("a=[1] ${?x}", "{a:[1]}")]
    [InlineData("a=${?x} {b=1}", "{a:{b:1}}")]
    [InlineData("a=${?x},b=${?a},c=${?b}", "{}")]
    public void Optional_substitution_of_nothing_is_nothing(string hocon, string meaning) => Holds(hocon, meaning);

    [Theory]
    [InlineData("a=x,b=y${a}z", "{a:x,b:yxz}")]
    [InlineData("a=x,b=${a} ${a}", "{a:x,b:x x}")]
    [InlineData("a=1,b=${a}0", "{a:1,b:10}")]
    [InlineData("a=null,b=${a}x", "{a:null,b:nullx}")]
    [InlineData("a=[1],b=${a} ${a}", "{a:[1],b:[1,1]}")]
    [InlineData("a=[1],b=${a}[2]", "{a:[1],b:[1,2]}")]
    [InlineData("a={x=1},b=${a} ${a}", "{a:{x:1},b:{x:1}}")]
    [InlineData("a={x=1},b=${a}{x=2,y=3}", "{a:{x:1},b:{x:2,y:3}}")]
    [InlineData("a={x=1},b={x=0,z=9}${a}", "{a:{x:1},b:{x:1,z:9}}")]
    [InlineData("a=[1],b=${a} x", "!do not go together")]
    [InlineData("a={x=1},b=x${a}", "!do not go together")]
    [InlineData("a=[1],c={x=1},b=${a}${c}", "!do not go together")]
    [InlineData("a={x=1},b=${a} \"\" ${a}", "!do not go together")]
    public void Substitution_is_concatenated_as_what_it_turns_out_to_be(string hocon, string meaning) => Holds(hocon, meaning);

    [Theory]
    [InlineData("a=1,a=${a}", "{a:1}")]
    [InlineData("a=1,a=${a}x,a=${a}y,a=${a}z", "{a:1xyz}")]
    [InlineData("a=1,a=${a},a=2", "{a:2}")]
    [InlineData("a=${a},a=1", "{a:1}")]
    [InlineData("a=${a},a=1,a=${a}", "{a:1}")]
    [InlineData("a=${?a}", "{}")]
    [InlineData("a=${?a}foo", "{a:foo}")]
    [InlineData("a=${a}", "!in a circle")]
    [InlineData("a=${a},a{b=1}", "!in a circle")]
    [InlineData("a=[1],a=${a} [2]", "{a:[1,2]}")]
    [InlineData("a={b=5},a=${a}", "{a:{b:5}}")]
    [InlineData("a={b=5},a=${a},a={c=6}", "{a:{b:5,c:6}}")]
    [InlineData("a.b=1,a.b=${a.b}2", "{a:{b:12}}")]
    [InlineData("a={b={c=5}},a=${a.b},a={b=2}", "{a:{b:2,c:5}}")]
    [InlineData("a=1,b=${a},a=${b}", "{a:1,b:1}")]
    [InlineData("a=1,b=${c},c=${a},a=${b}", "{a:1,b:1,c:1}")]
    [InlineData("a=x,b=${a}y,a=${b}z", "{a:xyz,b:xy}")]
    [InlineData("a=1,b=2,a=${b},b=${a}", "{a:1,b:1}")]
    [InlineData("a=${b},b=${a}", "!in a circle")]
    [InlineData("a=${?b},b=${?a}", "{}")]
    [InlineData("a=${?b}x,b=${?a}y", "{a:yx,b:y}")]
    [InlineData("a=${b},b=${c},c=${d},d=${a}", "!in a circle")]
    [InlineData("foo=${bar},bar=${a.b.c},a.b.c=${foo}", "!in a circle")]
    [InlineData("foo=${?bar},bar=${?a.b.c},a.b.c=${?foo}", "{a:{b:{}}}")]
    [InlineData("a{b=${a}}", "!in a circle")]
    [InlineData("a=[${a}]", "!in a circle")]
    [InlineData("a=[1],a=[${a}]", "!in a circle")]
    [InlineData("a{b=${?a}}", "{a:{}}")]
    [InlineData("y{k=2},a{k=1,b=${?a}},a=${y}", "{y:{k:2},a:{k:2}}")]
    public void Key_within_its_own_value_is_what_it_was_before(string hocon, string meaning) => Holds(hocon, meaning);

    [Theory]
    [InlineData("bar{foo=42,baz=${bar.foo}}", "{bar:{foo:42,baz:42}}")]
    [InlineData("bar{foo=42,baz=${bar.foo}},bar{foo=43}", "{bar:{foo:43,baz:43}}")]
    [InlineData("bar{foo=43},bar{foo=42,baz=${bar.foo}}", "{bar:{foo:42,baz:42}}")]
    [InlineData("x{k=1},bar{foo=42,baz=${bar.foo}},bar=${x},bar{foo=43}", "{x:{k:1},bar:{foo:43,baz:43,k:1}}")]
    [InlineData("x{foo=1},bar{baz=${bar.foo}},bar=${x}", "{x:{foo:1},bar:{baz:1,foo:1}}")]
    [InlineData("bar{a=${foo.d},b=1},bar.b=3,foo{c=${bar.b},d=2},foo.d=4", "{bar:{a:4,b:3},foo:{c:3,d:4}}")]
    [InlineData("foo=${a.b.c},a{b{c=42,r=${foo}},r=${foo}}", "{foo:42,a:{b:{c:42,r:42},r:42}}")]
    [InlineData("d{a=1,b=2},i=${d},i.b=3,j.b=${i.b}", "{d:{a:1,b:2},i:{a:1,b:3},j:{b:3}}")]
    [InlineData("d{a=1,b=2},i=${d},i.b{c=43},j.b=${i.b}", "{d:{a:1,b:2},i:{a:1,b:{c:43}},j:{b:{c:43}}}")]
    [InlineData("d{a=1,b=2},i.b=7,i=${d},j.b=${i.b}", "{d:{a:1,b:2},i:{b:2,a:1},j:{b:2}}")]
    [InlineData("i.b.c=100,d{a=${i.b.c},b=2},i=${d},i.b{c=43},j=${i.b}",
        "{i:{b:{c:43},a:100},d:{a:100,b:2},j:{c:43}}")]
    [InlineData("d{a=1},i=${d},i.c=${j.d},i.x=${j.y},j=${d},j.d=${i.a},j.y=15",
        "{d:{a:1},i:{a:1,c:1,x:15},j:{a:1,d:1,y:15}}")]
    [InlineData("i.a=10,i.b=${j.d},j.c=12,j.d=14,j.e=${i.a},j.f=${i.b},j.g=${j.f}", "{i:{a:10,b:14},j:{c:12,d:14,e:10,f:14,g:14}}")]
    public void Object_may_refer_to_its_own_parts(string hocon, string meaning) => Holds(hocon, meaning);

    [Theory]
    [InlineData("a=${none},a=42", "{a:42}")]
    [InlineData("a=${none},a=[42]", "{a:[42]}")]
    [InlineData("a=${none},b=42,a=${b}", "{a:42,b:42}")]
    [InlineData("a=${none},a=null,a{b=1}", "{a:{b:1}}")]
    [InlineData("a=${none}x,b=42,a=${b}", "{a:42,b:42}")]
    [InlineData("a{b=${none}},a=[1]", "{a:[1]}")]
    [InlineData("a{b=${none}},x=1,a=${x}", "{a:1,x:1}")]
    [InlineData("a{b=${none}},x=null,a=${x},a{c=1}", "{a:{c:1},x:null}")]
    [InlineData("a.b=1,x=5,a=${x},a{c=2},d=${?a.b}", "{a:{c:2},x:5}")]
    [InlineData("a{b=${none}},x{c=1},a=${x}", "!${none}: no such key")]
    [InlineData("a=${none},a{b=42}", "!${none}: no such key")]
    [InlineData("a=${none},b{c=1},a=${b}", "!${none}: no such key")]
    [InlineData("a=${none},a=${?none}", "!${none}: no such key")]
    public void Hidden_substitution_is_never_missed(string hocon, string meaning) => Holds(hocon, meaning);

    [Theory]
    [InlineData("a=${HOME}", "{a:/root}")]
    [InlineData("a=${?HOME}/x", "{a:/root/x}")]
    [InlineData("a=${EMPTY}", "{a:}")]
    [InlineData("a=1,a=${?NOT_SET}", "{a:1}")]
    [InlineData("a=1,a=${?N}", "{a:7}")]
    [InlineData("HOME=here,a=${HOME}", "{HOME:here,a:here}")]
    [InlineData("HOME=null,a=${HOME}", "{HOME:null,a:null}")]
    [InlineData("a=${NOT_SET}", "!no such environment variable")]
    [InlineData("HOME+=x", "{HOME:[x]}")]
    public void Environment_stands_in_for_keys_that_are_not_there(string hocon, string meaning) => Holds(hocon, meaning);

    [Theory]
    [InlineData("a=${defaults.port}", "{a:1}")]
    [InlineData("defaults.port=2,a=${defaults.port}${defaults.host}", "{defaults:{port:2},a:2h}")]
    [InlineData("defaults.port=2,a=${defaults}", "{defaults:{port:2},a:{port:2,host:h}}")]
    [InlineData("list+=1", "{list:[0,1]}")]
    [InlineData("list=[],list+=1", "{list:[1]}")]
    [InlineData("a=[{list+=1}]", "{a:[{list:[1]}]}")]
    [InlineData("defaults.host=${defaults.host}ost", "{defaults:{host:host}}")]
    [InlineData("a=${?HOME_KEY}", "{a:null}")]
    public void Fallback_is_seen_by_substitutions_and_not_copied(string hocon, string meaning) => Holds(hocon, meaning);

    [Fact]
    public void Without_a_lookup_the_environment_is_not_looked_at()
    {
        var name = Environment.GetEnvironmentVariables().Keys.Cast<string>().First(key => key.All(c => char.IsAsciiLetter(c) || c == '_'));
        Assert.True(ConfigurationFactory.ParseString($"a = ${{?{name}}}").IsEmpty);
        Assert.Throws<ConfigurationException>(() => ConfigurationFactory.ParseString($"a = ${{{name}}}"));
    }

    [Fact]
    public void Long_chains_of_one_key_are_no_nesting()
    {
        var appended = string.Concat(Enumerable.Range(0, 2_000).Select(i => $"a += {i}\n"));
        Assert.Equal(2_000, ConfigurationFactory.ParseString(appended).GetIntList("a").Count);
        Assert.Equal(2_001, ConfigurationFactory.ParseString("a = x\n" + string.Concat(Enumerable.Repeat("a = ${a}y\n", 2_000)))
            .GetString("a").Length);
    }

    private static void Holds(string hocon, string meaning) => SpecificationTests.Holds(hocon, meaning, Surroundings);
}
