using Xunit;

namespace ActorRuntime.Configuration.Tests;

/// <summary>The rules of HOCON's grammar, one line each: a text and the JSON it means, or a part of the refusal.</summary>
[Trait("Requirement", "AR-6")]
public sealed class SpecificationTests
{
    [Theory]
    [InlineData("", "{}")]
    [InlineData(" # nothing\n", "{}")]
    [InlineData("{}", "{}")]
    [InlineData("{ a : 1 }", "{a:1}")]
    [InlineData("\n{ a : 1 }\n", "{a:1}")]
    [InlineData("a : 1 }", "!'}'")]
    [InlineData("{ a : 1", "!ends before '}'")]
    [InlineData("{} {}", "!after the end")]
    [InlineData("\"text\"", "!has no value")]
    public void Braces_of_the_root_may_be_left_out(string hocon, string meaning) => Holds(hocon, meaning);

    [Theory]
    [InlineData("{\"a\":{\"b\":[1,2.5e-3,true,false,null,\"x\",{}]}}", "{a:{b:[1,2.5e-3,true,false,null,x,{}]}}")]
    [InlineData("{\"a\":\"\\u00e9\\n\\\"\\/\"}", "{a:é\n\"/}")]
    [InlineData("{\"a\" : \"raw\ttab\"}", "!U+0009 in a quoted string")]
    [InlineData("{\"a\" : \"raw\u0001mark\"}", "!U+0001")]
    [InlineData("a = \"\\ud83d\\ude00\"", "{a:😀}")]
    [InlineData("a = \"\\'\"", "!unknown escape")]
    public void Json_is_read_as_json(string hocon, string meaning) => Holds(hocon, meaning);

    [Theory]
    [InlineData("a=1// note\nb=2# note", "{a:1,b:2}")]
    [InlineData("a = \"// no note\" // note", "{a:// no note}")]
    [InlineData("a = \"# no note\"", "{a:# no note}")]
    [InlineData("a = 1 / 2", "{a:1 / 2}")]
    [InlineData("a { # note\n b = 1 // note\n }", "{a:{b:1}}")]
    [InlineData("a = [ # note\n 1 # note , 2\n , 3 ]", "{a:[1,3]}")]
    [InlineData("a # note\n = 1", "{a:1}")]
    [InlineData("a = # note\n 1", "{a:1}")]
    [InlineData("#", "{}")]
    public void Comment_runs_to_the_end_of_the_line(string hocon, string meaning) => Holds(hocon, meaning);

    [Theory]
    [InlineData("a = [1,2,3,]", "{a:[1,2,3]}")]
    [InlineData("a = [1\n2\n3]", "{a:[1,2,3]}")]
    [InlineData("a = [1,\n2\n,3\n,\n]", "{a:[1,2,3]}")]
    [InlineData("a = [1,2,3,,]", "!',' where a value")]
    [InlineData("a = [,1,2,3]", "!',' where a value")]
    [InlineData("a = [1,,2,3]", "!',' where a value")]
    [InlineData("a = [1\n,\n,2]", "!',' where a value")]
    [InlineData("a = [1 2 3]", "{a:[1 2 3]}")]
    [InlineData("a=1,b=2,", "{a:1,b:2}")]
    [InlineData("a=1\n\n\nb=2", "{a:1,b:2}")]
    [InlineData("a=1,,b=2", "!where a key")]
    [InlineData("a=1,b=2,,", "!where a key")]
    [InlineData(",a=1", "!where a key")]
    [InlineData("{,a=1}", "!where a key")]
    [InlineData("a=1 b=2", "!'=' inside a value")]
    [InlineData("a{b=1}c=2", "!'=' inside a value")]
    [InlineData("a{b=1},c=2", "{a:{b:1},c:2}")]
    public void Comma_or_line_end_separates(string hocon, string meaning) => Holds(hocon, meaning);

    [Theory]
    [InlineData("\uFEFFa = 1", "{a:1}")]
    [InlineData("a\u00A0=\u20071\u202F", "{a:1}")]
    [InlineData("a\u001C=\u001D1\u001E\u001F", "{a:1}")]
    [InlineData("a\v=\f1\t", "{a:1}")]
    [InlineData("a = 1\r\n\r\nb = [\r\n1\r\n]\r\n", "{a:1,b:[1]}")]
    [InlineData("a = 1\rb", "{a:1\rb}")]
    [InlineData("a = 1\u2028b", "{a:1\u2028b}")]
    [InlineData("a = x\u2003y", "{a:x\u2003y}")]
    public void White_space_is_what_unicode_calls_a_separator(string hocon, string meaning) => Holds(hocon, meaning);

    [Theory]
    [InlineData("a=1,a=2", "{a:2}")]
    [InlineData("a{x=1},a{y=2}", "{a:{x:1,y:2}}")]
    [InlineData("a{x{p=1}},a{x{q=2}}", "{a:{x:{p:1,q:2}}}")]
    [InlineData("a{x=1},a=null,a{y=2}", "{a:{y:2}}")]
    [InlineData("a{x=1},a=[1],a{y=2}", "{a:{y:2}}")]
    [InlineData("a{x=1},a=3", "{a:3}")]
    [InlineData("a=[1,2],a=[3]", "{a:[3]}")]
    [InlineData("a=null", "{a:null}")]
    public void Later_key_overrides_and_objects_merge(string hocon, string meaning) => Holds(hocon, meaning);

    [Theory]
    [InlineData("a = truefoo", "{a:truefoo}")]
    [InlineData("a = 10.0bar", "{a:10.0bar}")]
    [InlineData("a = -5", "{a:-5}")]
    [InlineData("a = --", "{a:--}")]
    [InlineData("a = 1e+5", "{a:1e+5}")]
    [InlineData("a = 1.5E-5", "{a:1.5E-5}")]
    [InlineData("a = 1e+", "!'+' is not allowed")]
    [InlineData("a = one+two", "!'+' is not allowed")]
    [InlineData("a = he+5", "!'+' is not allowed")]
    [InlineData("a = 12+5", "!'+' is not allowed")]
    [InlineData("a = c:\\dir", "!':' inside a value")]
    [InlineData("a = x\\y", "!'\\' is not allowed")]
    [InlineData("a = a`b", "!is not allowed")]
    [InlineData("a = a^b", "!is not allowed")]
    [InlineData("a = a?b", "!is not allowed")]
    [InlineData("a = a!b", "!is not allowed")]
    [InlineData("a = a@b", "!is not allowed")]
    [InlineData("a = a*b", "!is not allowed")]
    [InlineData("a = a&b", "!is not allowed")]
    [InlineData("a = a$b", "!'$' is only known as")]
    [InlineData("a = ()<>;|~%'/._-", "{a:()<>;|~%'/._-}")]
    [InlineData("a = \u0001", "{a:\u0001}")]
    [InlineData("a = nullify", "{a:nullify}")]
    public void Unquoted_text_knows_no_escape_and_few_marks(string hocon, string meaning) => Holds(hocon, meaning);

    [Theory]
    [InlineData("a = \"\"\"x\"\"\"", "{a:x}")]
    [InlineData("a = \"\"\"\"\"\"", "{a:}")]
    [InlineData("a = \"\"\"one\r\n\\t two\"\"\"", "{a:one\r\n\\t two}")]
    [InlineData("a = \"\"\"x\"\"\"\"", "{a:x\"}")]
    [InlineData("a = \"\"\"\"x\"\"\"", "{a:\"x}")]
    [InlineData("a = \"\"\"x\"\"\" y", "{a:x y}")]
    [InlineData("\"\"\"k.k\"\"\" = 1", "{k.k:1}")]
    [InlineData("a = \"\"\"x", "!without closing")]
    [InlineData("a = \"\" \"x\"", "{a: x}")]
    public void Three_quotes_take_text_as_it_is(string hocon, string meaning) => Holds(hocon, meaning);

    [Theory]
    [InlineData("a =  foo  bar \"  baz\"  ", "{a:foo  bar   baz}")]
    [InlineData("a = 1 2", "{a:1 2}")]
    [InlineData("a = true null 1e5 x", "{a:true null 1e5 x}")]
    [InlineData("a = null x", "{a:null x}")]
    [InlineData("a = x null", "{a:x null}")]
    [InlineData("a = 1 \n b = 2", "{a:1,b:2}")]
    [InlineData("a = [1] [2,3]", "{a:[1,2,3]}")]
    [InlineData("a = [1]\n b = [2]", "{a:[1],b:[2]}")]
    [InlineData("a = [[1,2] [3,4]]", "{a:[[1,2,3,4]]}")]
    [InlineData("a = [[1,2]\n[3,4]]", "{a:[[1,2],[3,4]]}")]
    [InlineData("a = {b=1} {c=2}", "{a:{b:1,c:2}}")]
    [InlineData("a = {b=1} {b=2}", "{a:{b:2}}")]
    [InlineData("a {b=1} {c=2}", "{a:{b:1,c:2}}")]
    [InlineData("a = {b=[1]} {b += 2}", "{a:{b:[1,2]}}")]
    [InlineData("a = [\n1] [\n2\n]", "{a:[1,2]}")]
    [InlineData("a = [1] x", "!do not go together")]
    [InlineData("a = x [1]", "!do not go together")]
    [InlineData("a = {b=1} x", "!do not go together")]
    [InlineData("a = x {b=1}", "!do not go together")]
    [InlineData("a = {b=1} [1]", "!do not go together")]
    [InlineData("a = [1] \" \" [2]", "!do not go together")]
    [InlineData("a = null [1]", "!do not go together")]
    public void Values_side_by_side_become_one(string hocon, string meaning) => Holds(hocon, meaning);

    [Theory]
    [InlineData("a = {0=x,1=y} [z]", "{a:[x,y,z]}")]
    [InlineData("a = [z] {1=y,0=x}", "{a:[z,x,y]}")]
    [InlineData("b.1=x,b.0=y,b.k=no,a=${b} []", "{b:{1:x,0:y,k:no},a:[y,x]}")]
    [InlineData("a = {} [z]", "!an object next to a list")]
    [InlineData("a = {k=1} [z]", "!an object next to a list")]
    [InlineData("a = {-1=x} [z]", "!an object next to a list")]
    [InlineData("a = {0=x} {1=y}", "{a:{0:x,1:y}}")]
    public void Object_with_numbers_as_keys_stands_in_for_a_list(string hocon, string meaning) => Holds(hocon, meaning);

    [Theory]
    [InlineData("a.b.c = 1", "{a:{b:{c:1}}}")]
    [InlineData("a.x=1,a.y=2", "{a:{x:1,y:2}}")]
    [InlineData("a b c = 1", "{a b c:1}")]
    [InlineData("  a   b  = 1", "{a   b:1}")]
    [InlineData("true = 1", "{true:1}")]
    [InlineData("3 = 1", "{3:1}")]
    [InlineData("3.14 = 1", "{3:{14:1}}")]
    [InlineData("10.0foo = 1", "{10:{0foo:1}}")]
    [InlineData("foo10.0 = 1", "{foo10:{0:1}}")]
    [InlineData("foo\"10.0\" = 1", "{foo10.0:1}")]
    [InlineData("1.2.3 = 1", "{1:{2:{3:1}}}")]
    [InlineData("a.\"b.c\".d = 1", "{a:{b.c:{d:1}}}")]
    [InlineData("a.\"\".b = 1", "{a:{:{b:1}}}")]
    [InlineData("\"\" = 1", "{:1}")]
    [InlineData("\"a\".\"b\" = 1", "{a:{b:1}}")]
    [InlineData("a..b = 1", "!a name before, between")]
    [InlineData(".a = 1", "!a name before, between")]
    [InlineData("a. = 1", "!a name before, between")]
    [InlineData("${x} = 1", "!where a key")]
    [InlineData("a${x} = 1", "!has no value")]
    [InlineData("[1] = 1", "!not a list")]
    [InlineData("foo include = 1", "{foo include:1}")]
    [InlineData("\"include\" = 1", "{include:1}")]
    [InlineData("a = include", "{a:include}")]
    [InlineData("a = [include]", "{a:[include]}")]
    public void Key_is_a_path(string hocon, string meaning) => Holds(hocon, meaning);

    [Theory]
    [InlineData("a:1", "{a:1}")]
    [InlineData("a=1", "{a:1}")]
    [InlineData("a:{b=1}", "{a:{b:1}}")]
    [InlineData("a{}", "{a:{}}")]
    [InlineData("a\n{b=1}", "{a:{b:1}}")]
    [InlineData("a\n=\n1", "{a:1}")]
    [InlineData("a=[1],a+=2", "{a:[1,2]}")]
    [InlineData("a+=1", "{a:[1]}")]
    [InlineData("a +=\n1", "{a:[1]}")]
    [InlineData("a+=[1]", "{a:[[1]]}")]
    [InlineData("a+={b=1}", "{a:[{b:1}]}")]
    [InlineData("a=1,a+=2", "!do not go together")]
    [InlineData("a.b=[1],a{b+=2}", "{a:{b:[1,2]}}")]
    [InlineData("a=[{b+=1,b+=2},{b+=3}]", "{a:[{b:[1,2]},{b:[3]}]}")]
    [InlineData("a=[1],a=2,a+=3", "!do not go together")]
    [InlineData("a=[1,2],a=[],a+=3", "{a:[3]}")]
    [InlineData("a + = 1", "!'+' is not allowed")]
    [InlineData("a := 1", "!'=' inside a value")]
    [InlineData("a [1]", "!has no value")]
    public void Colon_equals_brace_or_plus_equals_follows_a_key(string hocon, string meaning) => Holds(hocon, meaning);

    internal static void Holds(string hocon, string meaning, HoconOptions? options = null)
    {
        if (meaning.StartsWith('!'))
        {
            var error = Assert.Throws<ConfigurationException>(() => ConfigurationFactory.ParseString(hocon, options ?? HoconOptions.None));
            Assert.Contains(meaning[1..], error.Message);
            Assert.InRange(error.Line ?? 0, 1, 1 + hocon.Count(c => c == '\n'));
        }
        else
        {
            Assert.Equal(meaning, Json(ConfigurationFactory.ParseString(hocon, options ?? HoconOptions.None).Root));
        }
    }

    /// <summary>JSON without quotes.</summary>
    private static string Json(HoconValue value) => value switch
    {
        HoconValue.Object fields => "{" + string.Join(',', fields.Items.Select(item => $"{item.Key}:{Json(item.Value)}")) + "}",
        HoconValue.List list => "[" + string.Join(',', list.Items.Select(Json)) + "]",
        HoconValue.Scalar scalar => scalar.Text,
        _ => "null",
    };
}
